import { action, actionRoute, type Route, route, routeWithBody } from '../http/route.ts';
import {
  backupRecordSchema,
  backupSummaryResponseSchema,
  resetBackupStatusSchema,
  verificationResponseSchema,
  verifySchema,
} from '../schemas/backups.ts';
import { ignoredSchema } from '../schemas/scalars.ts';
import { backupSummary, verificationView } from '../views/backup.ts';

const tag = 'backups';

/** What only administrators do with backups: by force, from one service to another, and over the whole repository. */
export const backupAdminRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/backups/:id/export_record',
    operationId: 'exportBackupRecord',
    summary: 'Export the record of a backup, for another service with the same repository',
    tag,
    admin: true,
    status: 200,
    response: backupRecordSchema,
    handle: async (call) => {
      const record = await call.services.backups.exportRecord(call.context, call.param('id'));
      return { 'backup-record': { backup_service: record.backupService, backup_url: record.backupUrl } };
    },
  }),
  routeWithBody({
    method: 'POST',
    path: '/backups/import_record',
    operationId: 'importBackupRecord',
    summary: 'Take up a backup that another service made in the same repository',
    tag,
    admin: true,
    status: 201,
    body: backupRecordSchema,
    response: backupSummaryResponseSchema,
    handle: async (call) => {
      const { backup_service: backupService, backup_url: backupUrl } = call.body['backup-record'];
      const backup = await call.services.backups.importRecord(call.context, { backupService, backupUrl });
      return { backup: backupSummary(backup, call.links) };
    },
  }),
  actionRoute({
    path: '/backups/:id/action',
    operationId: 'backupAction',
    summary: 'Act on a backup; the only key of the body names the action',
    tag,
    actions: [
      action({
        name: 'os-reset_status',
        summary: 'Set the recorded status of a backup by hand',
        admin: true,
        argument: resetBackupStatusSchema,
        handle: ({ services, context, param, body }) =>
          services.backups.resetStatus(context, param('id'), body.status),
      }),
      action({
        name: 'os-force_delete',
        summary: 'Delete a backup in any status; what is under way on it is cancelled',
        admin: true,
        argument: ignoredSchema,
        handle: ({ services, context, param }) =>
          services.backups.delete(context, param('id'), { force: true }),
      }),
    ],
  }),
  routeWithBody({
    method: 'POST',
    path: '/scoria/backups/verifications',
    operationId: 'startBackupVerification',
    summary: 'Start to re-read the repository, or what one volume or one backup needs of it',
    tag,
    admin: true,
    status: 202,
    body: verifySchema,
    response: verificationResponseSchema,
    handle: (call) => {
      const { volume_id: volumeId = null, backup_id: backupId = null } = call.body.verification;
      const record = call.services.backups.verify(call.context, { volumeId, backupId });
      return { verification: verificationView(record) };
    },
  }),
  route({
    method: 'GET',
    path: '/scoria/backups/verifications/:id',
    operationId: 'showBackupVerification',
    summary: 'Show how far a verification is, or what it found',
    tag,
    admin: true,
    status: 200,
    response: verificationResponseSchema,
    handle: (call) => ({
      verification: verificationView(call.services.backups.verification(call.context, call.param('id'))),
    }),
  }),
  route({
    method: 'DELETE',
    path: '/scoria/backups/verifications/:id',
    operationId: 'endBackupVerification',
    summary: 'End a verification, and forget it',
    tag,
    admin: true,
    status: 202,
    handle: (call) => call.services.backups.endVerification(call.context, call.param('id')),
  }),
];
