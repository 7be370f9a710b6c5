import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** A file, shown by a storage daemon, one sector of which cannot be read or written. */
export interface FailingDisk {
  readonly path: string;
  /** Ends the daemon as a crash would: the file is gone while it is open. */
  readonly vanish: () => Promise<void>;
}

/** Why there are no such files here, if so. */
export const noFailingDisks: string | undefined = (() => {
  try {
    execFileSync('qemu-storage-daemon', ['--version'], { stdio: 'ignore' });
    statSync('/dev/fuse');
    return undefined;
  } catch (error) {
    console.warn(`SKIPPED disks that fail: ${String(error)}`);
    return String(error);
  }
})();

/**
 * Shows `file` once more, with errors: qemu's blkdebug through a FUSE export, until the end of the test.
 *
 * @param badByte the sector it lies in cannot be read or written: EIO
 */
export async function failingDisk(file: string, badByte: number): Promise<FailingDisk> {
  const path = `${file}-shown`;
  writeFileSync(path, '');
  const sector = Math.floor(badByte / 512);
  const bad = ['read', 'write'].map((iotype) => ({ event: 'none', iotype, errno: 5, sector }));
  const node = (options: object): string[] => ['--blockdev', JSON.stringify(options)];
  const daemon = spawn(
    'qemu-storage-daemon',
    [
      ...node({ driver: 'file', 'node-name': 'file', filename: file }),
      ...node({ driver: 'blkdebug', 'node-name': 'bad', image: 'file', 'inject-error': bad }),
      ...node({ driver: 'raw', 'node-name': 'shown', file: 'bad' }),
      '--export',
      JSON.stringify({ type: 'fuse', id: 'e', 'node-name': 'shown', mountpoint: path, writable: true }),
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  onTestFinished(() => stop(daemon, path));
  while (statSync(path).size !== statSync(file).size) {
    if (daemon.exitCode !== null) throw new Error('the storage daemon ended');
    await delay(20);
  }
  return { path, vanish: () => stop(daemon, path) };
}

async function stop(daemon: ChildProcess, path: string): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const exited = once(daemon, 'exit');
  daemon.kill('SIGKILL');
  await exited;
  execFileSync('umount', ['--lazy', path], { stdio: 'ignore' });
}
