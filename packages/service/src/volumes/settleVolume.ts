import type { VolumeStatus } from '../model/index.ts';
import {
  attachFamily,
  type Tables,
  type Transition,
  type VolumeChanges,
  type VolumeOperation,
  volumeMachine,
  volumeStatusOf,
} from '../state/index.ts';

/** How an operation ended. `busy`: the backend said so, nothing was changed. */
export type End = 'ok' | 'failed' | 'busy';

/**
 * Ends an operation on a volume: compare-and-set from the status in progress to the one its end means. A status that was
 * reset meanwhile is left alone; the other changes are made all the same.
 */
export async function settleVolume(
  tables: Tables,
  id: string,
  operation: VolumeOperation,
  end: End,
  changes: Omit<VolumeChanges, 'status'> = {},
): Promise<void> {
  const transition: Transition<VolumeStatus> = volumeMachine[operation];
  const target =
    end === 'ok'
      ? transition.ok
      : end === 'busy' && (await wasSound(tables, id))
        ? (transition.busy ?? transition.failed)
        : transition.failed;
  if (target === 'gone') return tables.volumes.remove(id);
  const { during } = transition;
  if (during === 'same' || target === 'same') {
    await tables.volumes.update(id, changes);
    return;
  }
  const settled = await tables.volumes.transition(id, [during], {
    ...changes,
    ...(await statusFor(tables, id, target)),
    previousStatus: null,
  });
  if (!settled) await tables.volumes.update(id, changes);
}

/** Whether the volume could be used before: one with half a content does not become available by being busy. */
async function wasSound(tables: Tables, id: string): Promise<boolean> {
  const before = (await tables.volumes.find(id))?.previousStatus;
  return attachFamily.some((status) => status === before);
}

async function statusFor(
  tables: Tables,
  id: string,
  target: VolumeStatus | 'previous' | 'attachments',
): Promise<VolumeChanges> {
  if (target === 'attachments')
    return { status: volumeStatusOf(await tables.attachments.ofVolume(id)).status };
  if (target === 'previous')
    return { status: (await tables.volumes.find(id))?.previousStatus ?? 'available' };
  return { status: target };
}
