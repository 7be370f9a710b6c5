import { ContractError } from '@scoria/driver-sdk';
import { type Ground, volumesOf } from './ground.ts';
import { type Kind, lvNameOf, requireName } from './lvm/names.ts';
import type { Mark } from './lvm/tags.ts';
import type { LvFacts } from './report/facts.ts';

/** A logical volume that is ours. */
export type OwnedLv = LvFacts & { readonly mark: Mark };

/** Whether it is this backend's. */
export function isOwned(ground: Pick<Ground, 'owner'>, lv: LvFacts): lv is OwnedLv {
  return lv.mark?.owner === ground.owner;
}

/**
 * The logical volume of an object, in whatever state; it is known by its tags, whatever it is called.
 *
 * @throws ContractError BACKEND_ERROR when there are two
 */
export function ownedLv(
  ground: Pick<Ground, 'owner'>,
  all: readonly LvFacts[],
  kind: Kind,
  name: string,
): OwnedLv | undefined {
  const [found, second] = all
    .filter((lv) => isOwned(ground, lv))
    .filter(({ mark }) => mark.kind === kind && mark.name === name);
  if (second === undefined) return found;
  throw new ContractError(
    'BACKEND_ERROR',
    `two logical volumes, ${found?.name} and ${second.name}, have the tags of ${kind} ${name}: take them off one (lvchange --deltag)`,
  );
}

/** The logical volume of an object that may be used. @throws ContractError NOT_FOUND, also while it is made or deleted */
export function usableLv(ground: Ground, all: readonly LvFacts[], kind: Kind, name: string): OwnedLv {
  const lv = ownedLv(ground, all, kind, name);
  if (lv?.mark.state === 'complete') return lv;
  const why =
    lv === undefined ? '' : lv.mark.state === 'making' ? ': it is being made' : ': it is being deleted';
  throw new ContractError('NOT_FOUND', `there is no ${kind} ${name}${why}`);
}

/** As {@link usableLv}, of what is in the group now. */
export async function findUsable(ground: Ground, kind: Kind, name: string): Promise<OwnedLv> {
  requireName(kind, name);
  return usableLv(ground, await volumesOf(ground), kind, name);
}

/**
 * The name for the logical volume of a new object.
 *
 * @throws ContractError ALREADY_EXISTS when somebody else's has it
 */
export function freeLvName(ground: Ground, all: readonly LvFacts[], kind: Kind, name: string): string {
  const lvName = lvNameOf(ground.group.name, kind, name);
  const taken = all.find((lv) => lv.name === lvName);
  if (taken === undefined) return lvName;
  throw new ContractError(
    'ALREADY_EXISTS',
    `the logical volume ${ground.group.name}/${lvName} exists, without the tags of ${kind} ${name}: adopt it, or rename it`,
    { details: { path: taken.path, size: taken.size } },
  );
}
