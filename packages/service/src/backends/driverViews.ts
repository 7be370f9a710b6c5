import type { Snapshot, SnapshotUpdate, Volume, VolumeUpdate } from '@scoria/core/contract';
import type { SnapshotRecord, VolumeRecord } from '../model/index.ts';
import type { Tables, VolumeChanges } from '../state/index.ts';
import { backendHost } from './backend.ts';

/** A volume as its driver sees it (contract.md §2). */
export async function driverVolume(tables: Tables, volume: VolumeRecord): Promise<Volume> {
  const type = volume.volumeTypeId === null ? undefined : await tables.types.find(volume.volumeTypeId);
  return {
    id: volume.id,
    name: volume.backendName,
    size: volume.size,
    host: volume.host === null ? '' : backendHost(volume.host),
    providerLocation: volume.providerLocation,
    providerAuth: volume.providerAuth,
    providerGeometry: volume.providerGeometry,
    providerId: volume.providerId,
    encryptionKeyId: null,
    multiattach: volume.multiattach,
    readOnly: volume.readOnly,
    metadata: { ...volume.metadata },
    extraSpecs: { ...type?.extraSpecs },
  };
}

/** A snapshot as its driver sees it. */
export function driverSnapshot(snapshot: SnapshotRecord, volumeName: string, volumeInUse = false): Snapshot {
  return {
    id: snapshot.id,
    name: snapshot.backendName,
    volumeId: snapshot.volumeId,
    volumeName,
    volumeSize: snapshot.volumeSize,
    volumeInUse,
    providerLocation: snapshot.providerLocation,
    providerId: snapshot.providerId,
    metadata: { ...snapshot.metadata },
  };
}

/** Persists what a driver asked to be persisted of a volume: absent is unchanged, null is cleared. */
export async function recordVolumeUpdate(tables: Tables, id: string, update: VolumeUpdate): Promise<void> {
  const changes: VolumeChanges = {
    ...(update.providerLocation !== undefined && { providerLocation: update.providerLocation }),
    ...(update.providerAuth !== undefined && { providerAuth: update.providerAuth }),
    ...(update.providerGeometry !== undefined && { providerGeometry: update.providerGeometry }),
    ...(update.providerId !== undefined && { providerId: update.providerId }),
  };
  if (Object.keys(changes).length > 0) await tables.volumes.update(id, changes);
  if (update.metadata !== undefined) await tables.volumeMetadata.merge(id, update.metadata);
}

/** Persists what a driver asked to be persisted of a snapshot. */
export async function recordSnapshotUpdate(
  tables: Tables,
  id: string,
  update: SnapshotUpdate,
): Promise<void> {
  const changes = {
    ...(update.providerLocation !== undefined && { providerLocation: update.providerLocation }),
    ...(update.providerId !== undefined && { providerId: update.providerId }),
  };
  if (Object.keys(changes).length > 0) await tables.snapshots.update(id, changes);
}
