import type { Snapshot } from '../../api/models.ts';
import type { Column } from '../../output/print.ts';

/** What a list of snapshots shows. */
export const snapshotColumns: readonly Column<Snapshot>[] = [
  ['ID', (snapshot) => snapshot.id],
  ['NAME', (snapshot) => snapshot.name],
  ['STATUS', (snapshot) => snapshot.status],
  ['SIZE', (snapshot) => `${snapshot.size} GiB`],
  ['VOLUME', (snapshot) => snapshot.volume_id],
];
