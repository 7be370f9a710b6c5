import { ContractError, type DeleteOptions, type StoreResult } from '@scoria/driver-sdk';
import { activate, whenClosed } from './activate.ts';
import { type OwnedLv, ownedLv } from './find.ts';
import { free, hasSnapshots } from './free.ts';
import { change, fullName, type Ground, volumesOf } from './ground.ts';
import { type Kind, requireName } from './lvm/names.ts';
import { DELETING, ZEROED } from './lvm/tags.ts';
import type { LvFacts } from './report/facts.ts';
import { wipeWork } from './work.ts';

/**
 * Deletes a volume or a snapshot. What has extents of its own, a thick volume or the COW store of a snapshot, is kept, out of everybody's
 * sight, until its wiping is done; blocks of a thin pool are zeroed by the pool before another volume gets them. Absent is success.
 *
 * @throws ContractError VOLUME_IS_BUSY (has COW snapshots, or is open)
 */
export async function remove(
  ground: Ground,
  kind: Kind,
  name: string,
  { workDone }: DeleteOptions,
): Promise<StoreResult> {
  requireName(kind, name);
  const all = await volumesOf(ground);
  const lv = ownedLv(ground, all, kind, name);
  if (lv === undefined) return { work: [] };
  if (lv.hasCowSnapshots) throw hasSnapshots(ground, all, lv);
  if (lv.type === 'thin') {
    await free(ground, lv);
    return { work: [] };
  }
  const marked = lv.mark.state === 'deleting' && lv.type === 'thick';
  if (marked && workDone) {
    if (ground.options.volume_clear_size !== 0) await forgetZeroed(ground, lv);
    await free(ground, lv);
    return { work: [] };
  }
  if (ground.options.volume_clear === 'none') {
    await forgetZeroed(ground, lv);
    await free(ground, lv);
    return { work: [] };
  }
  const doomed = marked ? lv : await doom(ground, lv);
  await activate(ground, doomed);
  const work = wipeWork(ground, doomed);
  return { work: work === undefined ? [] : [work] };
}

/**
 * Marks it, so that nobody uses it any more, and takes a COW snapshot from its volume: as long as it is one, every write to the volume
 * would put old bytes into it, behind the wiping.
 */
async function doom(ground: Ground, lv: OwnedLv): Promise<OwnedLv> {
  const name = fullName(ground, lv.name);
  await whenClosed(ground, lv);
  if (lv.mark.state !== 'deleting') await change(ground, 'lvchange', ['--addtag', DELETING, name]);
  if (lv.type === 'cow-snapshot') await change(ground, 'lvconvert', ['--yes', '--splitsnapshot', name]);
  const now = ownedLv(ground, await volumesOf(ground), lv.mark.kind, lv.mark.name);
  if (now?.mark.state === 'deleting' && now.type === 'thick') return now;
  throw new ContractError(
    'BACKEND_ERROR',
    `${name} is ${now === undefined ? 'gone' : `${now.type}, ${now.mark.state}`} after it was prepared for its deletion`,
  );
}

/** Extents become free that may hold something: the group is no longer one whose free extents read as zero. */
async function forgetZeroed(ground: Ground, lv: LvFacts): Promise<void> {
  if (lv.groupTags.includes(ZEROED))
    await change(ground, 'vgchange', ['--deltag', ZEROED, ground.group.name]);
}
