import { rm } from 'node:fs/promises';
import type { DataMover } from '@scoria/data-mover';
import type { Figure, Goal } from '../../figure.ts';
import { missingProgram, run, warmPrograms } from '../command.ts';
import { writeDense, writeFresh, writeSparse } from '../content.ts';
import { type Absent, against, type Contender, contest } from '../contest.ts';
import { endpoint, startWarmMover } from '../ours.ts';
import { gib, type Workbench } from '../workbench.ts';

const ours = 'scoria';
const fastest: Goal = { better: 'lower', ratio: 1 };

/** A volume that is all data, onto a new file of its size. */
export async function copyDense(bench: Workbench): Promise<Figure[]> {
  const source = bench.path('dense');
  await writeDense(source, bench.size);
  const title = `copy ${gib(bench.size)}, dense`;
  await using pool = await startWarmMover(bench);
  const times = await contest(bench, title, [ours], await entrants(bench, pool.mover, source, false));
  return against(title, times, ours, goals(times.keys(), {}));
}

/** The same with nine tenths of holes. */
export async function copySparse(bench: Workbench): Promise<Figure[]> {
  const source = bench.path('sparse');
  await writeSparse(source, bench.size, 10);
  const title = `copy ${gib(bench.size)}, 90 % sparse`;
  await using pool = await startWarmMover(bench);
  const times = await contest(bench, title, [ours], await entrants(bench, pool.mover, source, true));
  const four: Goal = { better: 'lower', ratio: 4 };
  return against(title, times, ours, goals(times.keys(), { [ddDirect]: four, [ddSync]: four }));
}

const ddDirect = 'dd bs=1M direct';
const ddSync = 'dd bs=1M conv=fdatasync';

function goals(names: Iterable<string>, special: Record<string, Goal>): Record<string, Goal> {
  return Object.fromEntries([...names].map((name) => [name, special[name] ?? fastest]));
}

async function entrants(
  bench: Workbench,
  mover: DataMover,
  source: string,
  sparse: boolean,
): Promise<(Contender | Absent)[]> {
  const destination = bench.path('copy');
  const contender = (
    name: string,
    work: () => Promise<unknown>,
    programs: readonly string[] = [],
  ): Contender => ({
    name,
    warm: () => warmPrograms(programs),
    async prepare() {
      await rm(destination, { force: true });
      await writeFresh(destination, bench.size);
    },
    async run() {
      await work();
      return undefined;
    },
    check: async () => void (await run('cmp', [source, destination])),
  });
  const tool = async (
    name: string,
    program: string,
    from: string,
    argv: readonly string[],
    sync = false,
  ): Promise<Contender | Absent> => {
    const missing = bench.peers ? await missingProgram(program, from) : 'not wanted';
    if (missing !== undefined) return { name, missing };
    const work = async (): Promise<void> => {
      await run(program, argv);
      // As durable as the others': fsync of the file alone.
      if (sync) await run('sync', [destination]);
    };
    return contender(name, work, [program, 'sync']);
  };
  const convert = ['convert', '-n', '-W', '-m', '8', '-f', 'raw', '-O', 'raw'];
  const zero = sparse ? ['--target-is-zero'] : [];
  return [
    contender(ours, async () => {
      await mover.copy({
        source: await endpoint(source),
        destination: await endpoint(destination),
        length: bench.size,
        destinationIsZero: true,
      });
    }),
    await tool(ddDirect, 'dd', 'coreutils', [
      `if=${source}`,
      `of=${destination}`,
      'bs=1M',
      'iflag=direct',
      'oflag=direct',
      'conv=notrunc,fsync',
    ]),
    await tool(ddSync, 'dd', 'coreutils', [
      `if=${source}`,
      `of=${destination}`,
      'bs=1M',
      'conv=notrunc,fdatasync',
    ]),
    ...(sparse
      ? [
          await tool('dd conv=sparse,fdatasync', 'dd', 'coreutils', [
            `if=${source}`,
            `of=${destination}`,
            'bs=1M',
            'conv=notrunc,sparse,fdatasync',
          ]),
          await tool(
            'cp --sparse=always, sync',
            'cp',
            'coreutils',
            ['--sparse=always', source, destination],
            true,
          ),
        ]
      : []),
    await tool('cp, sync', 'cp', 'coreutils', [source, destination], true),
    await tool('qemu-img convert -W -m 8 -t none', 'qemu-img', 'qemu-utils', [
      ...convert,
      ...zero,
      '-t',
      'none',
      '-T',
      'none',
      source,
      destination,
    ]),
    await tool(
      'qemu-img convert -W -m 8 -t writeback, sync',
      'qemu-img',
      'qemu-utils',
      [...convert, ...zero, '-t', 'writeback', source, destination],
      true,
    ),
    await tool('nbdcopy --flush', 'nbdcopy', 'libnbd-bin', [
      '--flush',
      ...(sparse ? ['--destination-is-zero'] : []),
      source,
      destination,
    ]),
  ];
}
