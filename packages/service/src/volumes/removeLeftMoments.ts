import type { LifecycleDependencies } from '../dependencies.ts';
import { tryEach } from '../journal/index.ts';
import { serviceProject } from '../model/index.ts';
import { deleteSnapshotOperation } from '../snapshots/deleteSnapshotOperation.ts';
import { snapshotMachine } from '../state/index.ts';

/**
 * Starts to delete the snapshots of the service's own that could not be removed when they had served: at each start and every hour, as what stood
 * against it (a backend that was down, a volume that depended on it) may be over. Those that an unfinished operation uses are left to it.
 *
 * Resolves when the deletions are on record; what becomes of them is in the snapshots' records and in the log.
 *
 * @throws ContractError the first that could not be begun
 */
export async function removeLeftMoments(deps: LifecycleDependencies): Promise<void> {
  const { state, journal } = deps;
  const { from, during } = snapshotMachine.delete;
  const deleting = deleteSnapshotOperation(deps);
  const left = (await state.snapshots.ofProject(serviceProject)).filter(({ status }) =>
    from.some((each) => each === status),
  );
  const begin = (id: string) =>
    journal.begin(deleting, `left-${crypto.randomUUID()}`, async (tables) => {
      // One that an administrator deletes at the same time is deleted by that request: a second removal finds nothing.
      await tables.snapshots.transition(id, from, { status: during, failure: null });
      return { objectId: id, args: { snapshotId: id, wasAvailable: false }, value: undefined };
    });
  await tryEach(
    left.map(
      ({ id }) =>
        () =>
          begin(id),
    ),
  );
}
