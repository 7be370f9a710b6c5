import { callDriver, driverCallOf, driverSnapshot, untilDone, type WorkProgress } from '../backends/index.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import type { RunContext } from '../journal/index.ts';
import type { SnapshotRecord, VolumeRecord } from '../model/index.ts';
import { unlessNeverTaken } from './unlessNeverTaken.ts';

/** How a snapshot is dropped. */
export interface DropOptions {
  /** Names the driver's requests: the same in every repetition of one removal, another one for another removal of the operation. */
  readonly step: string;
  /** How long a driver that does not serve is waited for, in milliseconds. */
  readonly patienceMs: number;
  readonly onProgress?: (progress: WorkProgress) => void;
}

/**
 * Removes a snapshot from its backend, wiped where the driver wants that; the record is the caller's. Absent is success, and so is a
 * volume that never had a backend.
 *
 * @throws ContractError SNAPSHOT_IS_BUSY, and what else the driver answered or the wiping ended with
 */
export async function dropSnapshot(
  deps: Pick<LifecycleDependencies, 'backends' | 'mover'>,
  context: RunContext<unknown>,
  { snapshot, origin }: { readonly snapshot: SnapshotRecord; readonly origin: VolumeRecord },
  { step, patienceMs, onProgress }: DropOptions,
): Promise<void> {
  if (origin.host === null) return;
  const backend = deps.backends.ofHost(origin.host);
  const of = driverSnapshot(snapshot, origin.backendName);
  const remove = (workDone: boolean) =>
    callDriver(
      backend,
      'deleteSnapshot',
      { snapshot: of, workDone },
      driverCallOf(context, workDone ? `${step}.done` : step, patienceMs),
    );
  await unlessNeverTaken(snapshot, () => untilDone(deps, context, remove, backend.io, onProgress));
}
