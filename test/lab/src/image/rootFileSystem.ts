import { copyFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@scoria/host-exec';
import { diskOptions, guestBoot, guestPackages, suite } from './contents.ts';
import { installModules, type Kernel } from './kernel.ts';

const MINUTE = 60_000;

/** Makes a Debian for the guest in a folder, by apt and the host's own sources. */
export async function makeRoot(root: string, kernels: readonly Kernel[]): Promise<void> {
  const packages = `--include=${guestPackages.join(',')}`;
  // In a mount namespace of its own: what it mounts into the folder is seen by nobody else, and gone when it is killed.
  await run(
    'unshare',
    [
      ...['--mount', '--propagation=private', 'mmdebstrap', '--variant=minbase'],
      ...[packages, '--skip=check/empty', suite, root],
    ],
    { deadlineMs: 15 * MINUTE, input: '' },
  );
  for (const kernel of kernels) await installModules(kernel, root);
  await copyFile(process.execPath, join(root, 'usr/local/bin/node'));
  await writeFile(join(root, 'sbin/lab-init'), guestBoot, { mode: 0o755 });
}

/** Packs a folder into an ext4 image, without mounting anything. */
export async function packRoot(root: string, image: string): Promise<void> {
  await writeFile(image, '');
  await truncate(image, 3 * 1024 ** 3);
  await run('mke2fs', ['-q', ...diskOptions, '-d', root, image], {
    deadlineMs: 5 * MINUTE,
  });
}
