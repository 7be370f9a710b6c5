import type { SnapshotRecord } from '../model/index.ts';

/** What tells one new snapshot from another. */
export type NewSnapshot = Pick<
  SnapshotRecord,
  'id' | 'projectId' | 'userId' | 'volumeId' | 'displayName' | 'displayDescription' | 'volumeSize' | 'status'
> &
  Partial<Pick<SnapshotRecord, 'metadata' | 'createdAt'>>;

/** The record of a snapshot of which nothing is there yet. */
export function newSnapshot(own: NewSnapshot): SnapshotRecord {
  return {
    metadata: {},
    createdAt: new Date().toISOString(),
    ...own,
    backendName: `snapshot-${own.id}`,
    progress: 0,
    providerLocation: null,
    providerId: null,
    updatedAt: null,
    failure: null,
  };
}
