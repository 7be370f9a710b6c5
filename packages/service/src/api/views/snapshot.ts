import { bytesToGibCeil } from '@scoria/core/contract';
import type { SnapshotRecord } from '../../model/index.ts';
import type { SnapshotView } from '../schemas/snapshots.ts';
import { cinderTime } from './time.ts';

/** A snapshot as the summary list shows it. */
export function snapshotSummary(snapshot: SnapshotRecord): SnapshotView {
  return {
    id: snapshot.id,
    created_at: cinderTime(snapshot.createdAt),
    updated_at: cinderTime(snapshot.updatedAt),
    name: snapshot.displayName,
    description: snapshot.displayDescription,
    volume_id: snapshot.volumeId,
    status: snapshot.status,
    size: bytesToGibCeil(snapshot.volumeSize),
    metadata: { ...snapshot.metadata },
  };
}

/** A snapshot as create and update answer it. */
export function snapshotDetail(snapshot: SnapshotRecord, minor: number): SnapshotView {
  const view = snapshotSummary(snapshot);
  if (minor >= 14) view.group_snapshot_id = null;
  if (minor >= 41) view.user_id = snapshot.userId;
  if (minor >= 65) view.consumes_quota = true;
  return view;
}

/** A snapshot as show and the detailed list answer it. */
export function extendedSnapshotDetail(snapshot: SnapshotRecord, minor: number): SnapshotView {
  const view = snapshotDetail(snapshot, minor);
  view['os-extended-snapshot-attributes:project_id'] = snapshot.projectId;
  view['os-extended-snapshot-attributes:progress'] = `${Math.round(snapshot.progress)}%`;
  return view;
}
