import type { VolumeRecord } from '../model/index.ts';
import {
  type Tables,
  type VolumeChanges,
  type VolumeGuard,
  type VolumeOperation,
  volumeMachine,
  volumeStatusOf,
} from '../state/index.ts';
import { claimVolume } from '../volumes/claimVolume.ts';

/**
 * Claims a volume for a change of its attachments, which the caller has just made in the same transaction: its status
 * becomes what they now say.
 *
 * @throws ServiceError InvalidVolume when the volume is not in a status for that; the transaction is then rolled back.
 */
export async function claimForAttachments(
  tables: Tables,
  volumeId: string,
  operation: VolumeOperation,
  when: readonly VolumeGuard[] = [],
): Promise<VolumeRecord> {
  return claimVolume(tables, volumeId, operation, { changes: await said(tables, volumeId), when });
}

/** After a change of attachments that has happened: follows it, unless the status was reset to something else meanwhile. */
export async function followAttachments(
  tables: Tables,
  volumeId: string,
  changes: Omit<VolumeChanges, 'status'> = {},
): Promise<void> {
  const followed = await tables.volumes.transition(volumeId, volumeMachine.connect.from, {
    ...changes,
    ...(await said(tables, volumeId)),
    previousStatus: null,
  });
  if (!followed) await tables.volumes.update(volumeId, changes);
}

async function said(tables: Tables, volumeId: string): Promise<VolumeChanges> {
  return volumeStatusOf(await tables.attachments.ofVolume(volumeId));
}
