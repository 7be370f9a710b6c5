import { ContractError, type TargetState } from '@scoria/driver-sdk';
import { withAddressRule } from '../accessRules.ts';
import type { ConfStore } from '../conf/store.ts';
import { sameRecord, type TargetRecord } from '../record.ts';
import type { TargetContext } from './applyAccess.ts';
import { backingSize } from './backingFile.ts';
import { bring, discrepancies, isDone, type Plan } from './bring.ts';
import { destroyTarget } from './destroy.ts';
import { type Listing, tolerating } from './listing.ts';
import { toTargetState } from './state.ts';

/** What work on targets and their configuration files needs. */
export interface EnsureContext extends Omit<TargetContext, 'before'> {
  readonly confs: ConfStore;
  /** Whether the daemon asks an initiator that logs in over iSER for its name and an address both; see `iserAsksForBoth`. */
  readonly asksForBoth: () => Promise<boolean>;
}

/** One target that is to be ensured. */
export interface Wanted {
  readonly name: string;
  desired(stored: TargetRecord | undefined): TargetRecord;
  /** Keeps other work on this target out. */
  lock<T>(task: () => Promise<T>): Promise<T>;
}

/** A target that was brought to its plan and has to be read back. */
interface Brought extends Plan {
  readonly record: TargetRecord;
  readonly size: number;
  /** Whether something was changed. */
  readonly changed: boolean;
}

async function planFor(
  context: EnsureContext,
  name: string,
  desiredOf: Wanted['desired'],
  before: Listing,
): Promise<Plan> {
  const stored = await context.confs.read(name);
  const desired = withAddressRule(desiredOf(stored), await context.asksForBoth());
  const shown = before.target(desired.iqn);
  const tid = shown?.tid ?? (desired.tid === 0 ? context.tids.expect(before.tids) : desired.tid);
  return { desired: { ...desired, tid }, stored, shown };
}

/** Puts the file back to what it was. */
async function restoreConf(context: EnsureContext, { desired, stored }: Plan): Promise<void> {
  if (stored) await context.confs.write(stored);
  else await context.confs.remove(desired.name);
}

/** The intent is on disk before its first effect, credentials included, so that a repetition finds the same ones. */
async function carryOut(context: EnsureContext, plan: Plan, before: Listing): Promise<Brought> {
  const size = await backingSize(plan.desired.path);
  const isRecorded = plan.stored !== undefined && sameRecord(plan.stored, plan.desired);
  if (isRecorded && isDone(plan) && plan.shown?.tid === plan.desired.tid) {
    return { ...plan, record: plan.desired, size, changed: false };
  }
  if (!isRecorded) await context.confs.write(plan.desired);
  try {
    const record = await bring({ ...context, before }, plan);
    if (record.tid !== plan.desired.tid) await context.confs.write(record);
    return { ...plan, record, size, changed: true };
  } catch (error) {
    if (!isRecorded) await restoreConf(context, plan);
    throw error;
  }
}

/** Compares what was read back. @throws ContractError TARGET_CREATE_FAILED */
function verify({ record, size }: Brought, after: Listing): TargetState {
  const shown = after.target(record.iqn);
  const differences = discrepancies(record, shown, size);
  if (shown && differences.length === 0) return toTargetState(shown, record.allAddresses, size);
  throw new ContractError('TARGET_CREATE_FAILED', `reading ${record.iqn} back: ${differences.join('; ')}`);
}

/**
 * Whether a listing that is a moment old already shows the target as desired, and the daemon still has it: then a bulk of single
 * calls (every export, when a service starts) does not list all targets once for each.
 */
async function isStillThere(context: EnsureContext, plan: Plan): Promise<boolean> {
  const { stored, desired, shown } = plan;
  if (!stored || !shown || !sameRecord(stored, desired) || shown.tid !== desired.tid || !isDone(plan))
    return false;
  return tolerating(
    ['NO_TARGET'],
    async () => void (await context.client.showSessions(desired.lld, shown.tid)),
  );
}

/** Ensures one target. The caller keeps other work on it out. */
export async function ensureOne(
  context: EnsureContext,
  desiredOf: Wanted['desired'],
  name: string,
): Promise<TargetState> {
  const recent = await context.lister.recent();
  const seen = await planFor(context, name, desiredOf, recent);
  const before = (await isStillThere(context, seen)) ? recent : await context.lister.fresh();
  const plan = before === recent ? seen : await planFor(context, name, desiredOf, before);
  const brought = await carryOut(context, plan, before);
  const after = brought.changed ? await context.lister.fresh() : before;
  try {
    return verify(brought, after);
  } catch (error) {
    const made = plan.shown ? undefined : after.target(brought.record.iqn);
    // Made just now, and it came out different: nothing half-right is left behind.
    if (made) {
      await destroyTarget({ ...context, before: after }, brought.record, made.tid);
      await restoreConf(context, plan);
    }
    throw error;
  }
}

/**
 * Ensures many targets by one listing, the diff, and one listing to read back. Results in the order of `wanted`; the failure of
 * one does not touch the others.
 */
export async function ensureMany(
  context: EnsureContext,
  wanted: readonly Wanted[],
  translate: (error: unknown, name: string) => ContractError,
): Promise<PromiseSettledResult<TargetState>[]> {
  if (wanted.length === 0) return [];
  const before = await context.lister.fresh();
  const brought = await Promise.allSettled(
    wanted.map(({ name, desired, lock }) =>
      lock(async () => carryOut(context, await planFor(context, name, desired, before), before)),
    ),
  );
  const isChanged = brought.some((each) => each.status === 'fulfilled' && each.value.changed);
  const after = isChanged ? await context.lister.fresh() : before;
  return brought.map((each, index): PromiseSettledResult<TargetState> => {
    try {
      if (each.status === 'rejected') throw each.reason;
      return { status: 'fulfilled', value: verify(each.value, after) };
    } catch (error) {
      return { status: 'rejected', reason: translate(error, wanted[index]?.name ?? '') };
    }
  });
}
