import { ContractError, type InitiatorAccess } from '@scoria/driver-sdk';
import type { Stored } from '../conf/files.ts';
import type { ShownTarget } from '../proc/showTargets.ts';
import type { TargetRecord } from '../record.ts';
import { removeAccounts, renewAccounts } from './accounts.ts';
import { backingAt } from './backing.ts';
import { type IetContext, showTarget } from './context.ts';
import { lunDifferences, replaceLun } from './lun.ts';
import { makeTarget } from './make.ts';

/** A target with what is known of it. */
export interface Known {
  readonly record: TargetRecord;
  readonly shown: ShownTarget;
}

const namesOf = (access: readonly InitiatorAccess[]) => access.map((each) => each.initiator);
const isSame = (one: readonly string[] | undefined, other: readonly string[]) =>
  one !== undefined && one.length === other.length && one.every((each) => other.includes(each));

/** What is recorded of a target that is ours. @throws ContractError TARGET_CREATE_FAILED for one of somebody else's */
export function requireOurs(iqn: string, stored: Stored): TargetRecord | undefined {
  if (stored !== 'foreign') return stored;
  throw new ContractError(
    'TARGET_CREATE_FAILED',
    `${iqn} stands in IET's configuration, and is not ours: it is not touched`,
  );
}

/** How a target is not as recorded, access included; empty when it is. */
export async function discrepancies(
  { files }: Pick<IetContext, 'files'>,
  record: TargetRecord,
  shown: ShownTarget,
  size?: number,
): Promise<string[]> {
  const allowed = await files.allowed(record.iqn);
  const names = namesOf(record.access);
  return [
    ...lunDifferences(record, shown, size),
    ...(isSame(allowed, names)
      ? []
      : [`those allowed are [${allowed?.join(' ') ?? 'all'}], not [${names.join(' ')}]`]),
  ];
}

/**
 * Makes the target, or brings the one that is there to the record. The caller keeps other work on the target out. What is written down comes
 * first, so that after a kill it is known whose the target is.
 *
 * @throws IetError; ContractError TARGET_CREATE_FAILED (in use and different, or somebody else's), NOT_FOUND, NO_MORE_TARGETS
 */
export async function ensureTarget(
  context: IetContext,
  desiredBy: (stored: TargetRecord | undefined) => TargetRecord,
  iqn: string,
): Promise<Known> {
  const { files } = context;
  const stored = requireOurs(iqn, await files.read(iqn));
  const desired = desiredBy(stored);
  const { size } = await backingAt(desired.path);
  const before = await showTarget(context, iqn);
  if (before && !stored)
    throw new ContractError('TARGET_CREATE_FAILED', `${iqn} is there, and not ours: it is not touched`);
  if (before && (await discrepancies(context, desired, before, size)).length === 0) {
    await files.write(desired);
    await removeAccounts(context, before.tid, goneFrom(stored, desired));
    return { record: desired, shown: before };
  }
  if (before) await bring(context, before, stored, desired, size);
  else {
    await files.write(desired);
    try {
      if (!(await makeTarget(context, desired)))
        throw new ContractError('TARGET_CREATE_FAILED', `${iqn} was made by somebody else at the same time`);
    } catch (error) {
      await takeBack(context, stored, iqn);
      throw error;
    }
  }
  const after = await showTarget(context, iqn);
  const wrong = after ? await discrepancies(context, desired, after, size) : ['it is not there'];
  if (!after || wrong.length > 0)
    throw new ContractError('TARGET_CREATE_FAILED', `reading ${iqn} back: ${wrong.join('; ')}`);
  return { record: desired, shown: after };
}

const goneFrom = (stored: TargetRecord | undefined, desired: TargetRecord): InitiatorAccess[] =>
  (stored?.access ?? []).filter(
    (each) => !desired.access.some((other) => other.chap?.username === each.chap?.username),
  );

/** Brings a target that is there to what is desired: its LUN only when nobody uses it. */
async function bring(
  context: IetContext,
  shown: ShownTarget,
  stored: TargetRecord | undefined,
  desired: TargetRecord,
  size: number,
): Promise<void> {
  const { files } = context;
  const { iqn } = desired;
  const differences = lunDifferences(desired, shown, size);
  if (differences.length > 0 && shown.sessions.length > 0) {
    throw new ContractError(
      'TARGET_CREATE_FAILED',
      `${iqn} is in use and differs: ${differences.join('; ')}`,
    );
  }
  const allowed = (await files.allowed(iqn)) ?? [];
  const known = new Map((stored?.access ?? []).map((each) => [each.initiator, each]));
  // Whoever is allowed has its account, with the password on record: it was let in last.
  const isSettled = ({ initiator, chap }: InitiatorAccess) => {
    const before = known.get(initiator)?.chap;
    return (
      allowed.includes(initiator) &&
      before?.username === chap?.username &&
      (!before || !chap || before.password.equals(chap.password))
    );
  };
  const settled = desired.access.filter(isSettled);
  await files.allow(iqn, differences.length > 0 ? [] : namesOf(settled));
  await files.write(desired);
  await removeAccounts(context, shown.tid, goneFrom(stored, desired));
  await renewAccounts(
    context,
    shown.tid,
    desired.access.filter((each) => !isSettled(each)),
  );
  if (differences.length > 0) await replaceLun(context, shown, desired);
  await files.allow(iqn, namesOf(desired.access));
}

/** Has the files say again what they said before a target that could not be made. */
async function takeBack({ files }: IetContext, stored: TargetRecord | undefined, iqn: string): Promise<void> {
  if (stored) {
    await files.write(stored);
    return;
  }
  await files.remove(iqn);
  await files.allow(iqn, null);
}
