import { ContractError, type StoredObject, type StoreResult } from '@scoria/driver-sdk';
import { activate } from './activate.ts';
import { needsZeroing } from './blank.ts';
import { type OwnedLv, ownedLv, usableLv } from './find.ts';
import { orUndo } from './free.ts';
import { change, fullName, type Ground, volumesOf } from './ground.ts';
import { thinSnapshot } from './lvm/arguments.ts';
import { type Kind, requireName } from './lvm/names.ts';
import { MAKING } from './lvm/tags.ts';
import { expectSize, makeLv, makeVolume } from './make.ts';
import type { LvFacts } from './report/facts.ts';
import { checkSize } from './size.ts';
import { copyWork, zeroWork } from './work.ts';

/** What is copied. */
export interface Source {
  readonly kind: Kind;
  readonly name: string;
  /** Whether somebody may be writing to it. */
  readonly inUse: boolean;
}

/**
 * Makes a volume with the content of another object: thin of thin by sharing its blocks, else as an empty volume and the work of filling
 * it. Without sharing, the work is named again for a volume that exists: whether it was done is the service's knowledge.
 *
 * @throws ContractError NOT_FOUND, SIZE_UNSUPPORTED, ALREADY_EXISTS, INVALID_VOLUME, NO_SPACE
 */
export async function makeCopy(ground: Ground, volume: StoredObject, from: Source): Promise<StoreResult> {
  requireName('volume', volume.name);
  requireName(from.kind, from.name);
  checkSize(volume, ground.group.extentSize);
  const all = await volumesOf(ground);
  const existing = ownedLv(ground, all, 'volume', volume.name);
  if (existing?.type === 'thin' && existing.mark.state === 'complete' && sharesBlocks(existing)) {
    expectSize(existing, volume);
    return { work: [] };
  }
  const source = usableLv(ground, all, from.kind, from.name);
  if (source.size > volume.size) {
    throw new ContractError(
      'SIZE_UNSUPPORTED',
      `${volume.name}: ${volume.size} bytes are fewer than the ${source.size} of ${from.name}`,
      { details: { size: volume.size, least: source.size } },
    );
  }
  if (ground.type === 'thin' && source.type === 'thin') {
    return shareBlocks(ground, { all, existing, source }, volume);
  }
  if (from.inUse) {
    throw new ContractError(
      'INVALID_VOLUME',
      `${fullName(ground, source.name)} is in use and not thin: no copy of one point in time is possible. Detach it, or clone a snapshot of it`,
    );
  }
  await activate(ground, source);
  return orUndo(ground, await makeVolume(ground, all, volume), async (made) => {
    expectSize(made, volume);
    await activate(ground, made);
    const tail = needsZeroing(ground, made) ? zeroWork(ground, made, source.size) : [];
    return { work: [copyWork(ground, source, made), ...tail] };
  });
}

/** Whether it was made by sharing, so that it has its content from the start. */
function sharesBlocks({ tags }: LvFacts): boolean {
  return tags.includes(SHARED);
}

/** Of a volume that was made as a snapshot of another. */
const SHARED = 'scoria.shared';

/** A thin snapshot that is a volume: it appears to others only when it has its full size. */
async function shareBlocks(
  ground: Ground,
  { all, existing, source }: { all: readonly LvFacts[]; existing: OwnedLv | undefined; source: OwnedLv },
  volume: StoredObject,
): Promise<StoreResult> {
  const what = { kind: 'volume' as const, name: volume.name, more: [SHARED, MAKING] };
  const begun =
    existing === undefined
      ? await makeLv(ground, all, what, (lv) => thinSnapshot(lv, source.name, true))
      : { lv: existing, isNew: false };
  return orUndo(ground, begun, async (made) => {
    if (made.mark.state === 'making') {
      const name = fullName(ground, made.name);
      if (made.size < volume.size) await change(ground, 'lvextend', ['--size', `${volume.size}b`, name]);
      await change(ground, 'lvchange', ['--deltag', MAKING, name]);
    }
    const done = usableLv(ground, await volumesOf(ground), 'volume', volume.name);
    expectSize(done, volume);
    await activate(ground, done);
    return { work: [] };
  });
}
