import type { StoredObject, StoreResult } from '@scoria/driver-sdk';
import { activate } from './activate.ts';
import { needsZeroing } from './blank.ts';
import { orUndo } from './free.ts';
import { type Ground, volumesOf } from './ground.ts';
import { requireName } from './lvm/names.ts';
import { expectSize, makeVolume } from './make.ts';
import { checkSize } from './size.ts';
import { zeroWork } from './work.ts';

/**
 * Makes an empty volume; its zeroing is named as work where its extents may hold something. One that exists is not made anew.
 *
 * @throws ContractError INVALID_ARGUMENT, SIZE_UNSUPPORTED, ALREADY_EXISTS, NO_SPACE
 */
export async function createVolume(ground: Ground, volume: StoredObject): Promise<StoreResult> {
  requireName('volume', volume.name);
  checkSize(volume, ground.group.extentSize);
  const all = await volumesOf(ground);
  return orUndo(ground, await makeVolume(ground, all, volume), async (made) => {
    expectSize(made, volume);
    await activate(ground, made);
    return { work: needsZeroing(ground, made) ? zeroWork(ground, made, 0) : [] };
  });
}
