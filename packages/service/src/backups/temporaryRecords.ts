import type { BackupRecord, SnapshotRecord, VolumeRecord } from '../model/index.ts';
import { newSnapshot } from '../snapshots/newSnapshot.ts';

/** Key of a volume's admin metadata that says that the service made it for itself: it counts for no quota. */
export const temporaryKey = 'temporary';

/** The record of a snapshot that is taken only to be read by a backup. */
export function temporarySnapshot(backup: BackupRecord, volume: VolumeRecord): SnapshotRecord {
  return newSnapshot({
    id: crypto.randomUUID(),
    projectId: volume.projectId,
    userId: backup.userId,
    volumeId: volume.id,
    displayName: `backup-snap-${backup.id}`,
    displayDescription: 'Made for a backup, and removed when that is done',
    volumeSize: volume.size,
    status: 'backing-up',
    createdAt: backup.createdAt,
  });
}

/** The record of a volume that is made of a snapshot only to be read by a backup: beside the volume that it is of. */
export function temporaryVolume(
  backup: BackupRecord,
  volume: VolumeRecord,
  snapshot: SnapshotRecord,
): VolumeRecord {
  const id = crypto.randomUUID();
  return {
    ...volume,
    id,
    userId: backup.userId,
    displayName: `backup-vol-${backup.id}`,
    displayDescription: 'Made for a backup, and removed when that is done',
    backendName: `volume-${id}`,
    size: snapshot.volumeSize,
    status: 'creating',
    previousStatus: null,
    attachStatus: 'detached',
    migrationStatus: null,
    snapshotId: snapshot.id,
    sourceVolumeId: null,
    bootable: false,
    multiattach: false,
    readOnly: false,
    providerLocation: null,
    providerAuth: null,
    providerGeometry: null,
    providerId: null,
    metadata: {},
    adminMetadata: { [temporaryKey]: 'True' },
    createdAt: backup.createdAt,
    updatedAt: null,
    launchedAt: null,
    failure: null,
  };
}
