import type { VolumeRecord, VolumeStatus } from '../model/index.ts';
import {
  type Tables,
  type Transition,
  type VolumeChanges,
  type VolumeGuard,
  type VolumeOperation,
  volumeMachine,
} from '../state/index.ts';
import { volumeNotFound } from './access.ts';
import { volumeRefusal } from './refusal.ts';

/**
 * Starts an operation on a volume: one compare-and-set from the statuses it may start in to the one in progress.
 *
 * @returns the volume as it now is.
 * @throws ServiceError VolumeNotFound; InvalidVolume with the status or guard that stood against it and what to do.
 */
export async function claimVolume(
  tables: Tables,
  id: string,
  operation: VolumeOperation,
  options: { readonly changes?: VolumeChanges; readonly when?: readonly VolumeGuard[] } = {},
): Promise<VolumeRecord> {
  const { from, during }: Transition<VolumeStatus> = volumeMachine[operation];
  const { changes = {}, when = [] } = options;
  const claimed = await tables.volumes.transition(
    id,
    from,
    { failure: null, ...(during !== 'same' && { status: during }), ...changes },
    { when, remember: during !== 'same' },
  );
  const volume = await tables.volumes.find(id);
  if (volume === undefined) throw volumeNotFound(id);
  if (!claimed) throw await volumeRefusal(tables, volume, operation, when);
  return volume;
}
