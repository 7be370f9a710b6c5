import type { CreateBackupRequest } from '../../model/index.ts';
import type { Call } from '../http/call.ts';
import { backupFields } from '../http/listFields.ts';
import { listReply } from '../http/listReply.ts';
import { type Route, route, routeWithBody } from '../http/route.ts';
import {
  backupDetailListSchema,
  backupListSchema,
  backupResponseSchema,
  backupSummaryResponseSchema,
  type CreateBackupBody,
  createBackupSchema,
  createBackupSchema343,
  createBackupSchema351,
  restoreBackupSchema,
  restoreResponseSchema,
  updateBackupSchema,
  updateBackupSchema343,
} from '../schemas/backups.ts';
import { backupDetail, backupSummary } from '../views/backup.ts';
import { listParameters } from './listParameters.ts';
import { displayChange, displayNames } from './names.ts';

const tag = 'backups';

function viewingOf({ minor, context, links, services }: Call) {
  return { minor, isAdmin: context.isAdmin, links, progress: services.progress };
}

function list(call: Call, detail: boolean) {
  const viewing = viewingOf(call);
  return listReply(
    call,
    backupFields,
    { key: 'backups', collection: detail ? 'backups/detail' : 'backups' },
    {
      list: (query) => call.services.backups.list(call.context, query),
      views: (backups) =>
        backups.map((each) => (detail ? backupDetail(each, viewing) : backupSummary(each, call.links))),
    },
  );
}

function requestOf({ backup }: CreateBackupBody): CreateBackupRequest {
  return {
    volumeId: backup.volume_id,
    snapshotId: backup.snapshot_id ?? null,
    incremental: backup.incremental ?? false,
    parentId: backup['scoria:parent_id'] ?? null,
    force: backup.force ?? false,
    ...displayNames(backup),
    container: backup.container ?? null,
    availabilityZone: backup.availability_zone ?? null,
    metadata: backup.metadata ?? {},
  };
}

/** Backups: create, list, show, update, delete, restore. */
export const backupRoutes: readonly Route[] = [
  routeWithBody<CreateBackupBody>({
    method: 'POST',
    path: '/backups',
    operationId: 'createBackup',
    summary: 'Back up a volume or one of its snapshots',
    tag,
    status: 202,
    body: [
      { since: 0, schema: createBackupSchema },
      { since: 43, schema: createBackupSchema343 },
      { since: 51, schema: createBackupSchema351 },
    ],
    response: backupSummaryResponseSchema,
    handle: async (call) => {
      const backup = await call.services.backups.create(call.context, requestOf(call.body));
      return { backup: backupSummary(backup, call.links) };
    },
  }),
  route({
    method: 'GET',
    path: '/backups',
    operationId: 'listBackups',
    summary: 'List backups: ids and names',
    tag,
    status: 200,
    query: listParameters(backupFields),
    response: backupListSchema,
    handle: (call) => list(call, false),
  }),
  route({
    method: 'GET',
    path: '/backups/detail',
    operationId: 'listBackupsDetail',
    summary: 'List backups in detail',
    tag,
    status: 200,
    query: listParameters(backupFields),
    response: backupDetailListSchema,
    handle: (call) => list(call, true),
  }),
  route({
    method: 'GET',
    path: '/backups/:id',
    operationId: 'showBackup',
    summary: 'Show a backup',
    tag,
    status: 200,
    response: backupResponseSchema,
    handle: async (call) => {
      const backup = await call.services.backups.get(call.context, call.param('id'));
      return { backup: backupDetail(backup, viewingOf(call)) };
    },
  }),
  routeWithBody({
    method: 'PUT',
    path: '/backups/:id',
    operationId: 'updateBackup',
    summary: 'Change name, description or all metadata of a backup',
    tag,
    since: 9,
    status: 200,
    body: [
      { since: 9, schema: updateBackupSchema },
      { since: 43, schema: updateBackupSchema343 },
    ],
    response: backupSummaryResponseSchema,
    handle: async (call) => {
      const { metadata } = call.body.backup;
      const backup = await call.services.backups.update(call.context, call.param('id'), {
        ...displayChange(call.body.backup),
        ...(metadata !== undefined && { metadata }),
      });
      return { backup: backupSummary(backup, call.links) };
    },
  }),
  route({
    method: 'DELETE',
    path: '/backups/:id',
    operationId: 'deleteBackup',
    summary: 'Delete a backup; one that is being made is cancelled. Those made upon it stay restorable',
    tag,
    status: 202,
    handle: (call) => call.services.backups.delete(call.context, call.param('id'), { force: false }),
  }),
  routeWithBody({
    method: 'POST',
    path: '/backups/:id/restore',
    operationId: 'restoreBackup',
    summary: 'Restore a backup over a volume, or to a new one',
    tag,
    status: 202,
    body: restoreBackupSchema,
    response: restoreResponseSchema,
    handle: async (call) => {
      const id = call.param('id');
      const { volume_id: volumeId, name } = call.body.restore ?? {};
      const volume = await call.services.backups.restore(call.context, id, {
        volumeId: volumeId ?? null,
        name: name ?? null,
        description: null,
        volumeType: null,
        size: null,
        metadata: null,
      });
      return { restore: { backup_id: id, volume_id: volume.id, volume_name: volume.displayName } };
    },
  }),
];
