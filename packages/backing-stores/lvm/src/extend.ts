import { type Bytes, bytes, ContractError } from '@scoria/driver-sdk';
import { activate } from './activate.ts';
import { needsZeroing } from './blank.ts';
import { findUsable, type OwnedLv } from './find.ts';
import { change, fullName, type Ground } from './ground.ts';
import { lvm } from './lvm/lvm.ts';
import { dirtyTag } from './lvm/tags.ts';
import { checkSize } from './size.ts';

/**
 * Grows a volume, open or not. The new part reads as zero.
 *
 * @returns the size read back
 * @throws ContractError NOT_FOUND, SIZE_UNSUPPORTED, NO_SPACE, INVALID_VOLUME (open, with COW snapshots)
 */
export async function extend(ground: Ground, name: string, newSize: Bytes): Promise<Bytes> {
  const lv = await findUsable(ground, 'volume', name);
  checkSize({ name, size: newSize }, ground.group.extentSize);
  if (newSize < lv.size) {
    throw new ContractError(
      'SIZE_UNSUPPORTED',
      `${name} has ${lv.size} bytes; volumes never shrink to ${newSize}`,
      { details: { size: lv.size } },
    );
  }
  if (newSize > lv.size) await grow(ground, lv, newSize);
  const grown = await findUsable(ground, 'volume', name);
  if (grown.mark.dirtyFrom !== undefined) await zeroNewPart(ground, grown, grown.mark.dirtyFrom);
  if (grown.size === newSize) return bytes(grown.size);
  throw new ContractError(
    'BACKEND_ERROR',
    `${fullName(ground, grown.name)} has ${grown.size} bytes after it was extended to ${newSize}`,
  );
}

async function grow(ground: Ground, lv: OwnedLv, newSize: Bytes): Promise<void> {
  const name = fullName(ground, lv.name);
  const extension = ['--size', `${newSize}b`, name];
  if (needsZeroing(ground, lv) && lv.mark.dirtyFrom === undefined) {
    // Before it grows: whoever goes on after a kill has to know.
    await change(ground, 'lvchange', ['--addtag', dirtyTag(lv.size), name]);
  }
  if (!lv.hasCowSnapshots) {
    await change(ground, 'lvextend', extension);
    return;
  }
  if (lv.open) {
    throw new ContractError(
      'INVALID_VOLUME',
      `${name} is open and has snapshots: LVM extends it only while it is inactive. Detach it, or delete its snapshots`,
    );
  }
  await change(ground, 'lvchange', ['--yes', '--activate', 'n', name]);
  try {
    await change(ground, 'lvextend', extension);
  } finally {
    await activate(ground, { ...lv, active: false });
  }
}

/** blkdiscard(8): BLKZEROOUT, which the device does by itself where it can. */
async function zeroNewPart(ground: Ground, lv: OwnedLv, from: number): Promise<void> {
  const path = await activate(ground, lv);
  if (lv.size > from) {
    await lvm('blkdiscard', ['--force', '--zeroout', '--offset', from, '--length', lv.size - from, path]);
  }
  await change(ground, 'lvchange', ['--deltag', dirtyTag(from), fullName(ground, lv.name)]);
}
