import { ContractError } from '@scoria/core/contract';
import type { SnapshotRecord } from '../model/index.ts';
import { type State, snapshotMachine, type Tables } from '../state/index.ts';

/**
 * The snapshot that a deletion is about to delete, under its lock. Another deletion that it waited for may have ended badly, and left
 * another status.
 *
 * @returns undefined when it is gone
 * @throws ContractError SNAPSHOT_IS_BUSY when a volume is being made of it, or it is in use in another way
 */
export async function claimDoomed(
  { snapshots }: Pick<State, 'snapshots'>,
  id: string,
): Promise<SnapshotRecord | undefined> {
  const { from, during } = snapshotMachine.delete;
  const snapshot = await snapshots.find(id);
  if (snapshot === undefined || snapshot.status === during) return snapshot;
  const claim = { status: during, failure: null };
  if (await snapshots.transition(id, from, claim, ['no-volume-under-way'])) return snapshot;
  throw new ContractError(
    'SNAPSHOT_IS_BUSY',
    `snapshot ${id} is ${snapshot.status}, or a volume is being made of it; delete it when that is done`,
  );
}

/**
 * What a deletion that has failed leaves of a snapshot: as it was when its driver has `refused`, unless it was never whole or was wiped, be it
 * in part and by an earlier deletion.
 */
export async function leaveDoomed(
  { snapshots, dirty }: Tables,
  id: string,
  refused: boolean,
  failure: string,
): Promise<void> {
  const { during, busy, failed } = snapshotMachine.delete;
  const isWhole = (await snapshots.find(id))?.progress === 100 && (await dirty.ofObject(id)).length === 0;
  await snapshots.transition(id, [during], { status: refused && isWhole ? busy : failed, failure });
}
