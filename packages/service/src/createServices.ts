import { AttachmentNotices } from './attachments/attachmentNotices.ts';
import { createAttachmentService } from './attachments/attachmentService.ts';
import { connectOperation } from './attachments/connectOperation.ts';
import { disconnectOperation } from './attachments/disconnectOperation.ts';
import { createBackupService } from './backups/backupService.ts';
import type { LifecycleDependencies } from './dependencies.ts';
import { createInfoService } from './info/infoService.ts';
import type { Services } from './model/index.ts';
import { createSnapshotService } from './snapshots/snapshotService.ts';
import { createTypeService } from './types/typeService.ts';
import { createVolumeService } from './volumes/volumeService.ts';

/** All services of the lifecycle, over the same dependencies; every operation is registered with the journal. */
export function createServices(deps: LifecycleDependencies, host: string): Services {
  const operations = {
    notices: new AttachmentNotices(deps),
    connect: deps.journal.register(connectOperation(deps)),
    disconnect: deps.journal.register(disconnectOperation(deps)),
  };
  return {
    volumes: createVolumeService(deps, operations),
    snapshots: createSnapshotService(deps),
    backups: createBackupService(deps, host),
    attachments: createAttachmentService(deps, operations),
    types: createTypeService(deps),
    info: createInfoService(deps, host),
    progress: deps.progress,
  };
}
