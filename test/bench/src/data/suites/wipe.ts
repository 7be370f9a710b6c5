import { rm, stat } from 'node:fs/promises';
import type { Figure, Goal } from '../../figure.ts';
import { missingProgram, run, warmPrograms } from '../command.ts';
import { writeDense } from '../content.ts';
import { type Absent, against, type Contender, contest } from '../contest.ts';
import { attachLoop } from '../devices.ts';
import { endpoint, startWarmMover } from '../ours.ts';
import { gib, type Workbench } from '../workbench.ts';

const ours = 'scoria';
const ddDirect = 'dd /dev/zero bs=1M oflag=direct';
const ddSync = 'dd /dev/zero bs=1M conv=fdatasync';
const discard = 'blkdiscard -z';
const discardSync = `${discard}, sync`;

/** A block device that is all data reads as zeros afterwards. */
export async function wipeZero(bench: Workbench): Promise<Figure[]> {
  const tenfold: Goal = { better: 'lower', ratio: 10 };
  const near: Goal = { better: 'lower', ratio: 1 / 1.2 };
  return await wipe(bench, `wipe ${gib(bench.size)}, reads as zero`, 'reads-as-zero', {
    [ddDirect]: tenfold,
    [ddSync]: tenfold,
    // One whose effect a power cut takes back is another work: shown, not judged.
    [discardSync]: near,
  });
}

/** Every block of it is written over. */
export async function wipeOverwritten(bench: Workbench): Promise<Figure[]> {
  const atLeast: Goal = { better: 'lower', ratio: 1 };
  return await wipe(bench, `wipe ${gib(bench.size)}, overwritten`, 'overwritten', {
    [ddDirect]: atLeast,
    [ddSync]: { better: 'lower' },
  });
}

async function wipe(
  bench: Workbench,
  title: string,
  guarantee: 'reads-as-zero' | 'overwritten',
  goals: Readonly<Record<string, Goal>>,
): Promise<Figure[]> {
  if (bench.unprivileged !== undefined) {
    bench.log(`${title}: not measured: ${bench.unprivileged}`);
    return [];
  }
  const file = bench.path('wiped');
  const source = bench.path('wiped-content');
  await writeDense(source, bench.size);
  await writeDense(file, bench.size);
  await using pool = await startWarmMover(bench);
  await using loop = await attachLoop(file);
  const device = loop.path;
  const contender = (name: string, work: () => Promise<unknown>): Contender => ({
    name,
    warm: () => warmPrograms(['dd', 'blkdiscard', 'sync']),
    // All data, in blocks that are allocated and written: what a volume in use is.
    prepare: async () =>
      void (await run('dd', [
        `if=${source}`,
        `of=${device}`,
        'bs=4M',
        'oflag=direct',
        'conv=fsync',
        'status=none',
      ])),
    async run() {
      await work();
      return undefined;
    },
    async check() {
      await run('cmp', ['-n', String(bench.size), device, '/dev/zero']);
      const { blocks } = await stat(file);
      if (guarantee === 'overwritten' && blocks * 512 < bench.size)
        throw new Error('blocks were given back, not written');
    },
  });
  const dd = (...argv: string[]) =>
    run('dd', ['if=/dev/zero', `of=${device}`, 'bs=1M', count(bench.size), ...argv]);
  const missing = bench.peers ? await missingProgram('blkdiscard', 'util-linux') : 'not wanted';
  const peers: (Contender | Absent)[] = [
    contender(ddDirect, () => dd('oflag=direct', 'conv=fsync')),
    contender(ddSync, () => dd('conv=fdatasync')),
  ];
  const discards: (Contender | Absent)[] =
    missing === undefined
      ? [
          contender(discard, () => run('blkdiscard', ['-f', '-z', device])),
          contender(discardSync, async () => {
            await run('blkdiscard', ['-f', '-z', device]);
            await run('sync', [device]);
          }),
        ]
      : [{ name: discard, missing }];
  const times = await contest(
    bench,
    title,
    [ours],
    [
      contender(ours, async () => {
        const result = await pool.mover.wipe({
          target: await endpoint(file, device),
          length: bench.size,
          method: 'zero',
          require: guarantee,
        });
        if (guarantee === 'overwritten' && result.guarantee !== guarantee)
          throw new Error(`only ${result.guarantee}`);
      }),
      ...(bench.peers ? peers : []),
      ...(guarantee === 'reads-as-zero' ? discards : []),
    ],
  );
  await rm(source);
  return against(title, times, ours, goals);
}

function count(bytes: number): string {
  return `count=${bytes / 2 ** 20}`;
}
