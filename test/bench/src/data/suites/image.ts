import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createImageSource, createImageTransfer, imageSourceOptionsSchema } from '@scoria/images';
import type { Figure, Goal } from '../../figure.ts';
import { missingProgram, run, warmPrograms } from '../command.ts';
import { writeDense, writeFolder, writeFresh } from '../content.ts';
import { type Absent, against, type Contender, contest } from '../contest.ts';
import { attachLoop } from '../devices.ts';
import { identityOf, startWarmMover } from '../ours.ts';
import { gib, type Workbench } from '../workbench.ts';

const ours = 'scoria, inspection included';
const caller = { projectId: 'bench', userId: 'bench', requestId: 'bench', token: null };

/** qcow2 images onto a block device: one as large as they come, and one compressed as distributions do it. */
export async function image(bench: Workbench): Promise<Figure[]> {
  if (bench.unprivileged !== undefined) {
    bench.log(`image: not measured: ${bench.unprivileged}`);
    return [];
  }
  const raw = bench.path('disk.raw');
  const folder = bench.path('images');
  await mkdir(folder);
  await writeDense(raw, bench.size);
  const figures = await imageOnto(
    bench,
    raw,
    folder,
    bench.size,
    `qcow2 image of ${gib(bench.size)} to volume`,
    [],
  );
  const compressed = bench.size / 4;
  await writeFolder(raw, compressed, '/usr');
  const title = `compressed qcow2 image of ${gib(compressed)} of /usr to volume`;
  figures.push(...(await imageOnto(bench, raw, folder, compressed, title, ['-c'])));
  await rm(raw);
  return figures;
}

async function imageOnto(
  bench: Workbench,
  raw: string,
  folder: string,
  bytes: number,
  title: string,
  options: readonly string[],
): Promise<Figure[]> {
  const imageId = 'bench.qcow2';
  const path = join(folder, imageId);
  const conversionDirectory = bench.path('conversion');
  await mkdir(conversionDirectory, { recursive: true, mode: 0o700 });
  await run('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', ...options, raw, path]);
  const volume = bench.path('volume');
  await writeFresh(volume, bytes);
  await using pool = await startWarmMover(bench);
  await using loop = await attachLoop(volume);
  const source = createImageSource(
    imageSourceOptionsSchema.parse({ type: 'directory', path: folder, read_only: true }),
    pool,
  );
  const transfer = createImageTransfer({ source, mover: pool.mover, conversionDirectory });
  const ontoVolume = async (id: string, file: string, device: string, sizeBytes: number): Promise<void> => {
    const description = await transfer.describe(id, caller);
    const destination = { path: device, identity: await identityOf(file), sizeBytes, isZero: true };
    await transfer.writeToVolume(description, caller, destination);
  };
  // What `--version` is to others: a small image, for the programs that look at it and convert it.
  const small = bench.path('small-volume');
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', join(folder, 'small.qcow2'), '1M']);
  await writeFresh(small, 2 ** 20);
  const contender = (
    name: string,
    work: () => Promise<unknown>,
    warm: () => Promise<unknown> = () => warmPrograms(['qemu-img', 'sync']),
  ): Contender => ({
    name,
    warm,
    async prepare() {
      await run('fallocate', ['--punch-hole', '--offset', '0', '--length', String(bytes), volume]);
      await run('blockdev', ['--flushbufs', loop.path]);
    },
    async run() {
      await work();
      return undefined;
    },
    check: async () => void (await run('cmp', [raw, loop.path])),
  });
  const convert = (...argv: string[]) =>
    run('qemu-img', ['convert', '-n', '-W', '-m', '8', '-f', 'qcow2', '-O', 'raw', ...argv, path, loop.path]);
  const missing = bench.peers ? await missingProgram('qemu-img', 'qemu-utils') : 'not wanted';
  const direct = 'qemu-img convert -W -m 8 -t none';
  const cached = 'qemu-img convert -W -m 8 -t writeback, sync';
  const peers: (Contender | Absent)[] =
    missing === undefined
      ? [
          contender(direct, () => convert('--target-is-zero', '-t', 'none', '-T', 'none')),
          contender(cached, async () => {
            await convert('--target-is-zero', '-t', 'writeback');
            await run('sync', [loop.path]);
          }),
        ]
      : [{ name: direct, missing }];
  const times = await contest(
    bench,
    title,
    [ours],
    [
      contender(
        ours,
        () => ontoVolume(imageId, volume, loop.path, bytes),
        () => ontoVolume('small.qcow2', small, small, 2 ** 20),
      ),
      ...peers,
    ],
  );
  const goal: Goal = { better: 'lower', ratio: 1 / 1.1 };
  return against(title, times, ours, { [direct]: goal, [cached]: goal });
}
