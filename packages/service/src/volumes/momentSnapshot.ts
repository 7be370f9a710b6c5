import { type SnapshotRecord, serviceProject, type VolumeRecord } from '../model/index.ts';
import { newSnapshot } from '../snapshots/newSnapshot.ts';

/**
 * The record of a snapshot that is taken only to clone a volume in use. It is the service's own; `creating` for all its life, in which
 * nobody else can use or delete it.
 *
 * @param id chosen when the clone was accepted, so that every run of its operation means the same snapshot
 */
export function momentSnapshot(id: string, origin: VolumeRecord, clone: VolumeRecord): SnapshotRecord {
  return newSnapshot({
    id,
    projectId: serviceProject,
    userId: clone.userId,
    volumeId: origin.id,
    displayName: `clone-snap-${clone.id}`,
    displayDescription: 'Taken to clone a volume in use, and removed when that is done',
    volumeSize: origin.size,
    status: 'creating',
  });
}
