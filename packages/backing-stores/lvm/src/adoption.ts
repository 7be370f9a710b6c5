import { type Bytes, bytes, ContractError } from '@scoria/driver-sdk';
import { freeLvName, ownedLv } from './find.ts';
import { change, fullName, type Ground, volumesOf } from './ground.ts';
import { isLvName, lvNameOf, requireName } from './lvm/names.ts';
import { ourTags, tagsOf } from './lvm/tags.ts';
import type { LvFacts } from './report/facts.ts';

/** The one form of reference: the name of a logical volume of the group. */
const KEY = 'source-name';

/** A reference to adopt, as the API passes it. */
export type Reference = Readonly<Record<string, string>>;

/** Exact size of a logical volume to adopt. @throws ContractError INVALID_REFERENCE */
export async function sizeToAdopt(ground: Ground, reference: Reference): Promise<Bytes> {
  return bytes(candidate(ground, await volumesOf(ground), reference).size);
}

/**
 * Makes the logical volume a volume: by its tags first, then by its name. Repeating it, also after a crash in the middle, succeeds.
 *
 * @throws ContractError INVALID_REFERENCE, ALREADY_EXISTS
 */
export async function adopt(ground: Ground, name: string, reference: Reference): Promise<void> {
  requireName('volume', name);
  const from = referencedName(reference);
  const all = await volumesOf(ground);
  const volume = ownedLv(ground, all, 'volume', name);
  if (volume !== undefined) {
    if (volume.name === from) await rename(ground, all, volume, name);
    else if (all.some((lv) => lv.name === from))
      throw new ContractError('ALREADY_EXISTS', `there is already a volume ${name}`);
    return;
  }
  const found = candidate(ground, all, reference);
  // Before anything is changed: the name may be somebody else's.
  freeNameOr(ground, all, name, found);
  const tags = tagsOf(ground.owner, 'volume', name).flatMap((tag) => ['--addtag', tag]);
  await change(ground, 'lvchange', [...tags, fullName(ground, found.name)]);
  await rename(ground, all, found, name);
  const adopted = ownedLv(ground, await volumesOf(ground), 'volume', name);
  if (adopted?.uuid === found.uuid) return;
  throw new ContractError(
    'BACKEND_ERROR',
    `${fullName(ground, found.name)} was adopted, but has no tags of ${name}`,
  );
}

/** Lets a volume go by taking its tags off; it keeps its name. Absent is success. */
export async function release(ground: Ground, name: string): Promise<void> {
  requireName('volume', name);
  const lv = ownedLv(ground, await volumesOf(ground), 'volume', name);
  if (lv === undefined) return;
  const tags = ourTags(lv.tags).flatMap((tag) => ['--deltag', tag]);
  await change(ground, 'lvchange', [...tags, fullName(ground, lv.name)]);
}

/** The name that it will have: its own when that is the right one already. */
function freeNameOr(ground: Ground, all: readonly LvFacts[], name: string, found: LvFacts): string {
  return lvNameOf(ground.group.name, 'volume', name) === found.name
    ? found.name
    : freeLvName(ground, all, 'volume', name);
}

async function rename(ground: Ground, all: readonly LvFacts[], lv: LvFacts, name: string): Promise<void> {
  const to = freeNameOr(ground, all, name, lv);
  if (to !== lv.name) await change(ground, 'lvrename', [ground.group.name, lv.name, to]);
}

function referencedName(reference: Reference): string {
  const name = reference[KEY];
  if (name === undefined) throw invalid(`it has no "${KEY}"`);
  if (!isLvName(name))
    throw invalid(`${JSON.stringify(name.slice(0, 255))} is not the name of a logical volume`);
  return name;
}

function candidate(ground: Ground, all: readonly LvFacts[], reference: Reference): LvFacts {
  const name = referencedName(reference);
  const lv = all.find((each) => each.name === name);
  const full = fullName(ground, name);
  if (lv === undefined) throw invalid(`there is no logical volume ${full}`);
  if (lv.mark !== undefined) throw invalid(`${full} is ${lv.mark.kind} ${lv.mark.name} of ${lv.mark.owner}`);
  if (lv.type !== 'thick' && lv.type !== 'thin')
    throw invalid(`${full} is no volume by itself, but ${lv.type}`);
  if (lv.type === 'thin' && lv.pool !== ground.pool) throw invalid(`${full} is in another pool, ${lv.pool}`);
  if (lv.open) throw invalid(`${full} is open: somebody uses it`);
  return lv;
}

function invalid(reason: string): ContractError {
  return new ContractError(
    'INVALID_REFERENCE',
    `${reason}. A reference is {"${KEY}": "<name of a logical volume of the group>"}`,
  );
}
