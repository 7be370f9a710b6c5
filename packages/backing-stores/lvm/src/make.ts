import { ContractError, type StoredObject } from '@scoria/driver-sdk';
import { ProcessExecutionError } from '@scoria/host-exec';
import { freeLvName, type OwnedLv, ownedLv } from './find.ts';
import { change, fullName, type Ground, volumesOf } from './ground.ts';
import { type NewLv, thickVolume, thinVolume } from './lvm/arguments.ts';
import type { Kind } from './lvm/names.ts';
import { tagsOf } from './lvm/tags.ts';
import type { LvFacts } from './report/facts.ts';

/** What making a logical volume ended with. */
export interface Made {
  readonly lv: OwnedLv;
  /** Whether this call has made it; not so what was there, or another process has made meanwhile. */
  readonly isNew: boolean;
}

/**
 * Makes a logical volume by one lvcreate, tags and all, and reads it back. One that another process made meanwhile is taken for it.
 *
 * @param all what was in the group
 * @throws ContractError ALREADY_EXISTS (somebody else's has the name), BACKEND_ERROR; CommandError
 */
export async function makeLv(
  ground: Ground,
  all: readonly LvFacts[],
  what: {
    readonly kind: Kind;
    readonly name: string;
    readonly origin?: string;
    readonly more?: readonly string[];
  },
  args: (lv: NewLv) => string[],
): Promise<Made> {
  const { kind, name, origin, more = [] } = what;
  const lvName = freeLvName(ground, all, kind, name);
  const tags = [...tagsOf(ground.owner, kind, name, origin), ...more];
  let failure: unknown;
  try {
    await change(ground, 'lvcreate', args({ group: ground.group.name, name: lvName, tags }));
  } catch (error) {
    // Not made because it is there, or killed when it was: what is there decides.
    failure = error;
  }
  const made = ownedLv(ground, await volumesOf(ground), kind, name);
  if (made !== undefined && (failure === undefined || failure instanceof ProcessExecutionError))
    return { lv: made, isNew: failure === undefined };
  if (failure !== undefined) throw failure;
  throw new ContractError('BACKEND_ERROR', `lvcreate made ${fullName(ground, lvName)}, but it is not there`);
}

/** Makes an empty volume of the type that new volumes have, unless it is there. @throws as {@link makeLv} */
export async function makeVolume(
  ground: Ground,
  all: readonly LvFacts[],
  { name, size }: StoredObject,
): Promise<Made> {
  const existing = ownedLv(ground, all, 'volume', name);
  if (existing !== undefined) return { lv: existing, isNew: false };
  return makeLv(ground, all, { kind: 'volume', name }, (lv) =>
    ground.type === 'thin' ? thinVolume(lv, size, ground.pool) : thickVolume(lv, size),
  );
}

/** @throws ContractError ALREADY_EXISTS when it has another size, is not complete, or on its way out */
export function expectSize(existing: OwnedLv, { name, size }: StoredObject): void {
  if (existing.mark.state !== 'complete') {
    const why = existing.mark.state === 'deleting' ? 'being deleted' : 'being made as a clone';
    throw new ContractError('ALREADY_EXISTS', `${name} is ${why}: that has to be ended first`);
  }
  if (existing.size === size) return;
  throw new ContractError('ALREADY_EXISTS', `${name} exists with ${existing.size} bytes, not ${size}`, {
    details: { path: existing.path, size: existing.size },
  });
}
