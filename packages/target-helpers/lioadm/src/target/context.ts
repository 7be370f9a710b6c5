import type { Logger } from '@scoria/driver-sdk';
import { type Configfs, findBackstore, type Owner } from '@scoria/lio-kit';
import type { ShownTarget } from '../kernel/showTarget.ts';
import type { SavedState } from '../saved/savedState.ts';

/** What work on targets needs. */
export interface TargetContext {
  readonly fs: Configfs;
  readonly saved: SavedState;
  readonly owner: Owner;
  readonly log: Logger;
}

/**
 * Whether a target is ours: its LUNs have backstores of ours. One without LUNs is ours when it stopped half-way: the backstore that was
 * made for it is there, and nobody has access.
 */
export async function isOurs(
  { fs, owner }: Pick<TargetContext, 'fs' | 'owner'>,
  shown: ShownTarget,
  name: string,
): Promise<boolean> {
  const backstores = shown.luns.map((each) => each.backstorePath).filter((each) => each !== null);
  if (backstores.length === 0)
    return shown.acls.length === 0 && (await findBackstore(fs, owner.backstoreName(name))) !== undefined;
  return backstores.every((path) => owner.volumeOf(path.slice(path.lastIndexOf('/') + 1)) === name);
}
