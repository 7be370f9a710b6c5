import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { ContractError } from '@scoria/core/contract';
import { run } from '@scoria/host-exec';
import { becomesTrue } from '../budget.ts';

const COMMAND_MS = 15_000;
const GONE_MS = 5_000;

/** What a loop device is made with. */
export interface LoopParams {
  readonly readOnly: boolean;
  readonly sectorSize: number;
  readonly discard: boolean;
}

/**
 * Puts a loop device on a file and returns its path. Direct I/O stays off: over a FUSE file it loses buffered writes.
 *
 * Without `discard` the device refuses discards and unmapping zeroes (they would be reported as done and leave the old
 * data); the kernel then writes zeros instead.
 *
 * @throws CommandError; ContractError DEVICE_UNAVAILABLE when discards cannot be switched off
 */
export async function attachLoop(file: string, params: LoopParams, signal: AbortSignal): Promise<string> {
  const options = [
    ...(params.readOnly ? ['--read-only'] : []),
    ...(params.sectorSize === 512 ? [] : ['--sector-size', String(params.sectorSize)]),
  ];
  const { stdout } = await run('losetup', ['--find', '--show', ...options, '--', file], {
    deadlineMs: COMMAND_MS,
    signal,
    description: `make a loop device on ${file}`,
  });
  const device = stdout.trim();
  if (!params.discard && !params.readOnly) {
    try {
      await refuseDiscards(device);
    } catch (error) {
      await detachLoop(device, params);
      throw error;
    }
  }
  return device;
}

/** The loop devices that now stand on this file. */
export async function loopsOf(file: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await readdir('/sys/block')) {
    if (!name.startsWith('loop')) continue;
    const backing = await readFile(`/sys/block/${name}/loop/backing_file`, 'utf8').catch(() => null);
    if (backing?.trim() === file) found.push(`/dev/${name}`);
  }
  return found;
}

/** Whether a loop device stands on this file, or on one whose mount is gone from under it. */
export async function isLoopOf(device: string, file: string): Promise<boolean> {
  const backing = await readFile(`/sys/block/${basename(device)}/loop/backing_file`, 'utf8').catch(
    () => null,
  );
  return backing !== null && [file, '/', `${file} (deleted)`].includes(backing.trim());
}

/** Makes a loop device take over its file's new size. @throws CommandError */
export async function resizeLoop(device: string, file: string, signal: AbortSignal): Promise<void> {
  // The kernel caches the size of a FUSE file for a second, and the loop driver asks only the cache.
  await run('stat', ['--cached=never', '--format=%s', '--', file], { deadlineMs: COMMAND_MS, signal });
  await run('losetup', ['--set-capacity', device], { deadlineMs: COMMAND_MS, signal });
}

/** Writes out what the kernel still holds of a device or file, down to the target. @throws CommandError */
export async function flush(path: string, deadlineMs: number): Promise<void> {
  await run('sync', ['--', path], { deadlineMs, killGraceMs: 200, description: `flush ${path}` });
}

/**
 * Takes a loop device away and waits until it is gone. The kernel reports success for one that is in use and only marks it,
 * so look at `blockUsers` before.
 *
 * @throws CommandError; ContractError VOLUME_IS_BUSY when it stays
 */
export async function detachLoop(device: string, params: Pick<LoopParams, 'discard'>): Promise<void> {
  const attached = `/sys/block/${basename(device)}/loop`;
  const gone = async (): Promise<boolean> => (await readdir(attached).catch(() => null)) === null;
  if (await gone()) return;
  await run('losetup', ['--detach', device], { deadlineMs: COMMAND_MS, description: `detach ${device}` });
  if (!(await becomesTrue(GONE_MS, gone))) {
    throw new ContractError(
      'VOLUME_IS_BUSY',
      `${device} is still held open by a process; it goes when that ends.`,
      {
        leftBehind: [device],
      },
    );
  }
  if (!params.discard) {
    const { forgetLoop } = await import('./loopControl.ts');
    await forgetLoop(device);
  }
}

async function refuseDiscards(device: string): Promise<void> {
  const limit = `/sys/block/${basename(device)}/queue/discard_max_bytes`;
  try {
    await writeFile(limit, '0');
    if ((await readFile(limit, 'utf8')).trim() === '0') return;
  } catch (error) {
    throw discardError(device, error);
  }
  throw discardError(device, undefined);
}

function discardError(device: string, cause: unknown): ContractError {
  return new ContractError(
    'DEVICE_UNAVAILABLE',
    `The LUN cannot unmap, and discards of ${device} cannot be switched off: zeroed blocks could keep old data. Export the volume thin, or attach it as a file.`,
    { cause },
  );
}
