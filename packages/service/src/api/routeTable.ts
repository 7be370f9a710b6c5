import type { Route } from './http/route.ts';
import { absentRoutes } from './routes/absent.ts';
import { attachmentRoutes } from './routes/attachments.ts';
import { backupAdminRoutes } from './routes/backupAdmin.ts';
import { backupRoutes } from './routes/backups.ts';
import { extensionRoutes } from './routes/extensions.ts';
import { extraSpecRoutes } from './routes/extraSpecs.ts';
import { limitRoutes } from './routes/limits.ts';
import { messageRoutes } from './routes/messages.ts';
import { resourceFilterRoutes } from './routes/resourceFilters.ts';
import { schedulerRoutes } from './routes/scheduler.ts';
import { snapshotMetadataRoutes } from './routes/snapshotMetadata.ts';
import { snapshotRoutes } from './routes/snapshots.ts';
import { typeRoutes } from './routes/types.ts';
import { volumeActionRoute } from './routes/volumeActions.ts';
import { volumeMetadataRoutes } from './routes/volumeMetadata.ts';
import { volumeRoutes } from './routes/volumes.ts';
import { zoneRoutes } from './routes/zones.ts';

/** Every route below `/v3`: the routes served, the OpenAPI document and docs/api.md are made from it. */
export const routeTable: readonly Route[] = [
  ...volumeRoutes,
  volumeActionRoute,
  ...volumeMetadataRoutes,
  ...snapshotRoutes,
  ...snapshotMetadataRoutes,
  ...backupRoutes,
  ...backupAdminRoutes,
  ...attachmentRoutes,
  ...typeRoutes,
  ...extraSpecRoutes,
  ...schedulerRoutes,
  ...zoneRoutes,
  ...limitRoutes,
  ...messageRoutes,
  ...extensionRoutes,
  ...resourceFilterRoutes,
  ...absentRoutes,
];
