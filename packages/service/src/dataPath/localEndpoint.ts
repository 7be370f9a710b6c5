import { stat, statfs } from 'node:fs/promises';
import { type Identity, isContractError, type OperationResult } from '@scoria/core/contract';
import type { VolumeRecord } from '../model/index.ts';

/** A path of this host with what it shows. */
export interface LocalEndpoint {
  readonly path: string;
  readonly identity: Identity;
  readonly isZero: boolean;
}

/** Magic numbers (statfs(2)) of filesystems on which a file that has data has blocks, from the moment it is written. */
const countsBlocks: ReadonlySet<bigint> = new Set([
  0xef53n, // ext2, ext3, ext4
  0x58465342n, // XFS
  0x9123683en, // btrfs
  0x01021994n, // tmpfs
]);

/**
 * Looks at what a driver calls the local path of a volume. Null when it is not to be used: the driver has none, does not say what it
 * shows, or it is not what was said; the volume is attached then.
 */
export async function localEndpoint(
  volume: Pick<VolumeRecord, 'size'>,
  ask: () => Promise<OperationResult<'localPath'>>,
): Promise<LocalEndpoint | null> {
  let answer: OperationResult<'localPath'>;
  try {
    answer = await ask();
  } catch (error) {
    if (isContractError(error) && error.code === 'UNIMPLEMENTED') return null;
    throw error;
  }
  const { path, identity } = answer;
  if (identity === undefined) return null;
  const facts = await stat(path, { bigint: true }).catch(() => null);
  if (facts === null) return null;
  // Only a file proves by its inode; what else there is, the data mover asks when it opens it.
  if (!facts.isFile()) return facts.isBlockDevice() ? { path, identity, isZero: false } : null;
  if (identity.type !== 'inode') return null;
  if (identity.dev !== String(facts.dev) || identity.ino !== String(facts.ino)) return null;
  if (facts.size < BigInt(volume.size)) return null;
  return { path, identity, isZero: facts.blocks === 0n && (await provesEmptiness(path)) };
}

/** Others (FUSE, NFS, ZFS) may say that a file has no blocks, or none yet, whatever is in it: only all zeros written prove it there. */
async function provesEmptiness(path: string): Promise<boolean> {
  const facts = await statfs(path, { bigint: true }).catch(() => null);
  return facts !== null && countsBlocks.has(facts.type);
}
