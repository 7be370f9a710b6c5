import { mkdir } from 'node:fs/promises';
import { run } from './command.ts';
import { writeFresh } from './content.ts';

/** A loop device over a file. */
export interface LoopDevice extends AsyncDisposable {
  /** `/dev/loopN`. */
  readonly path: string;
}

/** Attaches a file, with direct I/O where the file system takes it: what a device shows is then what the disk does. */
export async function attachLoop(file: string): Promise<LoopDevice> {
  const path = (await run('losetup', ['--find', '--show', '--direct-io=on', file])).trim();
  return { path, [Symbol.asyncDispose]: async () => void (await run('losetup', ['--detach', path])) };
}

/** A file system of its own in a file. */
export interface MountedImage extends AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string;
}

/** Makes and mounts one. @throws Error when the machine lacks it */
export async function mountImage(type: 'xfs' | 'btrfs', image: string, bytes: number): Promise<MountedImage> {
  await writeFresh(image, bytes);
  await run(`mkfs.${type}`, type === 'xfs' ? ['-q', '-m', 'reflink=1', image] : ['-q', image]);
  const path = `${image}.mnt`;
  await mkdir(path, { recursive: true });
  await run('mount', ['-o', 'loop', image, path]);
  return { path, [Symbol.asyncDispose]: async () => void (await run('umount', [path])) };
}
