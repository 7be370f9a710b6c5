import { ContractError, type StoreResult } from '@scoria/driver-sdk';
import { ownedLv, usableLv } from './find.ts';
import { type Ground, volumesOf } from './ground.ts';
import { cowSnapshot, thinSnapshot } from './lvm/arguments.ts';
import { requireName } from './lvm/names.ts';
import { makeLv } from './make.ts';

/**
 * Takes a snapshot, of a volume in use as well: LVM holds its I/O back for that moment. Of a thick volume it is a COW snapshot with
 * room for all of the volume; it slows the volume's writes down until it is deleted.
 *
 * @throws ContractError NOT_FOUND, ALREADY_EXISTS (of another volume), NO_SPACE
 */
export async function takeSnapshot(
  ground: Ground,
  snapshotName: string,
  volumeName: string,
): Promise<StoreResult> {
  requireName('snapshot', snapshotName);
  requireName('volume', volumeName);
  const all = await volumesOf(ground);
  const existing = ownedLv(ground, all, 'snapshot', snapshotName);
  if (existing === undefined) {
    const volume = usableLv(ground, all, 'volume', volumeName);
    await makeLv(ground, all, { kind: 'snapshot', name: snapshotName, origin: volumeName }, (lv) =>
      volume.type === 'thin' ? thinSnapshot(lv, volume.name, false) : cowSnapshot(lv, volume.name),
    );
    return { work: [] };
  }
  if (existing.mark.origin === volumeName && existing.mark.state === 'complete') return { work: [] };
  throw new ContractError(
    'ALREADY_EXISTS',
    existing.mark.state === 'complete'
      ? `${snapshotName} exists, of ${existing.mark.origin ?? 'another volume'}, not of ${volumeName}`
      : `${snapshotName} is being deleted: its deletion has to be ended first`,
  );
}
