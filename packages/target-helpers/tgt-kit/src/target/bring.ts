import { ContractError } from '@scoria/driver-sdk';
import type { ShownTarget } from '../management/index.ts';
import type { TargetRecord } from '../record.ts';
import { applyAccess, type TargetContext } from './applyAccess.ts';
import { accessDifferences, lunDifferences } from './compare.ts';
import { destroyTarget } from './destroy.ts';
import { makeTarget } from './make.ts';

/** A target as it is to be, beside what is known of it. */
export interface Plan {
  readonly desired: TargetRecord;
  /** What was persisted before: the passwords in it are those of the daemon. */
  readonly stored: TargetRecord | undefined;
  readonly shown: ShownTarget | undefined;
}

/** User names whose password in the daemon may differ from the desired one. */
function toRenew({ desired, stored }: Plan): Set<string> {
  const known = stored?.access ?? [];
  return new Set(
    desired.access.flatMap(({ chap }) => {
      if (!chap) return [];
      const same = known.some(
        (each) => each.chap?.username === chap.username && each.chap.password.equals(chap.password),
      );
      return same ? [] : [chap.username];
    }),
  );
}

/** Whether what is shown is already as desired. */
export function isDone(plan: Plan): boolean {
  const { desired, shown } = plan;
  return (
    shown !== undefined &&
    lunDifferences(desired, shown).length === 0 &&
    accessDifferences(desired, shown).length === 0 &&
    toRenew(plan).size === 0
  );
}

/** The LUN's read-only state as shown. */
const readOnlyOf = (record: TargetRecord, shown: ShownTarget) =>
  shown.luns.find((each) => each.lun === record.lun)?.readOnly ?? false;

/**
 * Makes the target, or repairs it: access in place; a LUN that differs by making the target anew, unless somebody uses it.
 *
 * @returns the desired record with the id that the target has
 * @throws TgtError; ContractError as {@link makeTarget}, TARGET_CREATE_FAILED when the LUN differs and is in use
 */
export async function bring(context: TargetContext, plan: Plan): Promise<TargetRecord> {
  const { desired, shown } = plan;
  if (shown && lunDifferences(desired, shown).length === 0) {
    const state = {
      tid: shown.tid,
      accounts: shown.accounts,
      acl: shown.acl,
      readOnly: readOnlyOf(desired, shown),
    };
    await applyAccess(context, desired, state, toRenew(plan));
    return { ...desired, tid: shown.tid };
  }
  if (shown) {
    const differences = lunDifferences(desired, shown).join('; ');
    if (shown.sessions.length > 0) {
      throw new ContractError('TARGET_CREATE_FAILED', `${desired.iqn} is in use and differs: ${differences}`);
    }
    await destroyTarget(context, desired, shown.tid, { force: false, accounts: shown.accounts });
  }
  const made = await makeTarget(context, desired);
  if (made) return made;
  // Somebody made it meanwhile (an earlier request of ours whose outcome was unknown): look again, once.
  const before = await context.lister.fresh();
  const appeared = before.target(desired.iqn);
  if (!appeared || lunDifferences(desired, appeared).length > 0) {
    throw new ContractError(
      'TARGET_CREATE_FAILED',
      `${desired.iqn} was made by somebody else at the same time`,
    );
  }
  const state = {
    tid: appeared.tid,
    accounts: appeared.accounts,
    acl: appeared.acl,
    readOnly: readOnlyOf(desired, appeared),
  };
  await applyAccess({ ...context, before }, desired, state, toRenew(plan));
  return { ...desired, tid: appeared.tid };
}

/** What reading back shows to be different from the record; empty when nothing is. */
export function discrepancies(record: TargetRecord, shown: ShownTarget | undefined, size: number): string[] {
  if (!shown) return ['it is not there'];
  return [...lunDifferences(record, shown, size), ...accessDifferences(record, shown)];
}
