import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Figure, Goal } from '../../figure.ts';
import { run, warmPrograms } from '../command.ts';
import { noise, writeFresh } from '../content.ts';
import { against, type Contender, contest } from '../contest.ts';
import { mountImage } from '../devices.ts';
import { endpoint, startWarmMover } from '../ours.ts';
import { gib, type Workbench } from '../workbench.ts';

const MIB = 2 ** 20;
const ours = 'scoria';
const plain = 'cp --reflink=always';
const durable = `${plain}, sync`;
const goal: Goal = { better: 'lower', ratio: 1 / 1.2 };

/** A clone that shares its data: half of the large work as 1 MiB pieces in a file five times as large. */
export async function clone(bench: Workbench): Promise<Figure[]> {
  if (bench.unprivileged !== undefined) {
    bench.log(`clone: not measured: ${bench.unprivileged}`);
    return [];
  }
  return [...(await cloneOn(bench, 'xfs')), ...(await cloneOn(bench, 'btrfs'))];
}

async function cloneOn(bench: Workbench, type: 'xfs' | 'btrfs'): Promise<Figure[]> {
  const data = bench.size / 2;
  const image = bench.path(`${type}.img`);
  const mounted = await mountImage(type, image, Math.max(3 * bench.size, 512 * MIB));
  try {
    await using _mounted = mounted;
    await using pool = await startWarmMover(bench);
    const source = join(mounted.path, 'source');
    const destination = join(mounted.path, 'clone');
    await writePieces(source, data);
    const contender = (name: string, work: () => Promise<unknown>): Contender => ({
      name,
      warm: () => warmPrograms(['cp', 'sync']),
      async prepare() {
        await rm(destination, { force: true });
        await writeFresh(destination, 5 * data);
      },
      async run() {
        await work();
        return undefined;
      },
      check: async () => void (await run('cmp', [source, destination])),
    });
    const copy = () => run('cp', ['--reflink=always', source, destination]);
    const title = `clone ${gib(data)} of data on ${type}`;
    const times = await contest(
      bench,
      title,
      [ours],
      [
        contender(ours, async () => {
          const { method } = await pool.mover.copy({
            source: await endpoint(source),
            destination: await endpoint(destination),
            length: 5 * data,
            destinationIsZero: true,
          });
          if (method !== 'reflink') throw new Error(`it was copied by ${method}`);
        }),
        ...(bench.peers
          ? [
              contender(durable, async () => {
                await copy();
                await run('sync', [destination]);
              }),
              contender(plain, copy),
            ]
          : []),
      ],
    );
    // A clone that a power cut takes back is another work: shown, not judged.
    return against(title, times, ours, { [durable]: goal });
  } finally {
    await rm(image, { force: true });
  }
}

async function writePieces(path: string, data: number): Promise<void> {
  await writeFresh(path, 5 * data);
  const next = noise(path);
  await using file = await open(path, 'r+');
  for (let offset = 0; offset < data; offset += MIB) await file.write(next(MIB), 0, MIB, 5 * offset);
  await file.sync();
}
