import { statfs } from 'node:fs/promises';
import { bytes, ContractError, MIB, type StoreResult } from '@scoria/driver-sdk';
import { removeFile } from './durable.ts';
import { errnoOf } from './errors.ts';
import { factsOf } from './fileFacts.ts';
import type { FileStoreOptions } from './options.ts';

/** Filesystems that write where the old bytes are, by the magic number of statfs(2) (linux/magic.h): ext2 to ext4, tmpfs, XFS. */
const inPlace: ReadonlySet<number> = new Set([0xef53, 0x0102_1994, 0x5846_5342]);

type ClearOptions = Pick<FileStoreOptions, 'volume_clear' | 'volume_clear_size'>;

/**
 * Removes a file. What it took cannot be read through another one, so that there is nothing to wipe; only `volume_clear: shred`, which
 * is about the medium, has it overwritten first.
 *
 * @param workDone whether that is done
 * @throws ContractError BACKEND_ERROR when it is still there
 */
export async function remove(path: string, options: ClearOptions, workDone: boolean): Promise<StoreResult> {
  if (options.volume_clear === 'shred' && !workDone) {
    const facts = await factsOf(path);
    if (facts !== undefined && facts.allocated > 0) {
      const { size, dev, ino } = facts;
      const most = options.volume_clear_size === 0 ? size : options.volume_clear_size * MIB;
      return {
        work: [
          {
            kind: 'wipe',
            target: { path, identity: { type: 'inode', dev, ino }, offset: bytes(0) },
            length: bytes(Math.min(size, most)),
            method: 'shred',
            guarantee: 'overwritten',
          },
        ],
      };
    }
  }
  await removeFile(path);
  if ((await factsOf(path)) !== undefined) throw new ContractError('BACKEND_ERROR', `${path} is still there`);
  return { work: [] };
}

/**
 * Refuses `volume_clear: shred` at once where no file could be overwritten in the end: deletions would fail, one after the other.
 *
 * @param reflinks whether files there can share blocks
 * @throws ContractError INVALID_CONFIGURATION
 */
export async function requireShredding(
  directory: string,
  { volume_clear: method }: ClearOptions,
  reflinks: () => Promise<boolean>,
): Promise<void> {
  if (method !== 'shred') return;
  if (inPlace.has((await statfs(directory)).type) && !(await reflinks().catch(falseWhenFull))) return;
  throw new ContractError(
    'INVALID_CONFIGURATION',
    `volume_clear: shred cannot be had in ${directory}: its filesystem shares blocks between files or writes to new ones, so that the old bytes would stay on the medium; use zero, with which no other volume can read them`,
    { details: { option: 'volume_clear' } },
  );
}

/** Whether files can share blocks cannot be tried on a full filesystem; everything else has to work on it all the same. */
export function falseWhenFull(error: unknown): false {
  if (errnoOf(error) === 'ENOSPC') return false;
  throw error;
}
