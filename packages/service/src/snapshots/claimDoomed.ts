import { ContractError } from '@scoria/core/contract';
import type { SnapshotRecord } from '../model/index.ts';
import { type State, snapshotMachine, type Tables } from '../state/index.ts';

/**
 * Makes sure that snapshots are an operation's to delete, all or none, under their locks: another deletion that it waited for may have ended
 * badly, and left them in other statuses. Idempotent.
 *
 * @returns those that are still there
 * @throws ContractError SNAPSHOT_IS_BUSY when a volume is being made of one, or it has got another use
 */
export function claimDoomed(
  state: Pick<State, 'transaction'>,
  ids: readonly string[],
): Promise<SnapshotRecord[]> {
  const { from, during } = snapshotMachine.delete;
  return state.transaction(async ({ snapshots }) => {
    const claimed: SnapshotRecord[] = [];
    for (const id of ids) {
      await snapshots.transition(id, from, { status: during, failure: null }, ['no-volume-under-way']);
      const snapshot = await snapshots.find(id);
      if (snapshot === undefined) continue;
      if (snapshot.status !== during) throw busy(snapshot);
      claimed.push(snapshot);
    }
    return claimed;
  });
}

function busy({ id, status }: SnapshotRecord): ContractError {
  const isFree = snapshotMachine.delete.from.some((each) => each === status);
  const why = isFree ? 'a volume is being made of it' : `it is ${status}`;
  return new ContractError(
    'SNAPSHOT_IS_BUSY',
    `snapshot ${id} cannot be deleted: ${why}; delete it again when that is over`,
  );
}

/** How a deletion has failed. */
export interface FailedDeletion {
  /** Whether it was good before, and nothing was done to it. */
  readonly isGood: boolean;
  readonly failure: string;
}

/**
 * What a deletion that has failed leaves of a snapshot. One that was never whole, or that any deletion has wiped, be it in part, is not good
 * whatever is said of it.
 */
export async function leaveDoomed(
  { snapshots, dirty }: Tables,
  id: string,
  { isGood, failure }: FailedDeletion,
): Promise<void> {
  const { during, busy, failed } = snapshotMachine.delete;
  const isWhole = (await snapshots.find(id))?.progress === 100 && (await dirty.ofObject(id)).length === 0;
  await snapshots.transition(id, [during], { status: isGood && isWhole ? busy : failed, failure });
}
