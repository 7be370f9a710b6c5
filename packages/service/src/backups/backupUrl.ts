import { bytesSchema } from '@scoria/core/contract';
import { z } from 'zod';
import { type BackupExport, type BackupRecord, ServiceError } from '../model/index.ts';

/** Names whose record it is; a record of another service (Cinder names its driver's class) is refused. */
const service = 'scoria';
const MAX_CHARACTERS = 65_536;

const recordSchema = z.strictObject({
  format: z.literal('scoria-backup-record'),
  version: z.literal(1),
  id: z.uuid(),
  volume_id: z.uuid(),
  size: bytesSchema,
  created_at: z.iso.datetime(),
});
/** What a record says: where in the repository the backup is. All else is read from its manifest. */
export type BackupUrl = z.infer<typeof recordSchema>;

/** The record of a backup in the repository. */
export function writeBackupUrl(backup: BackupRecord): BackupExport {
  const record: z.input<typeof recordSchema> = {
    format: 'scoria-backup-record',
    version: 1,
    id: backup.id,
    volume_id: backup.volumeId,
    size: backup.size,
    created_at: backup.createdAt,
  };
  return {
    backupService: service,
    backupUrl: Buffer.from(JSON.stringify(record), 'utf8').toString('base64'),
  };
}

/** Reads a record. @throws ServiceError InvalidBackup for one of another service or that is damaged */
export function readBackupUrl({ backupService, backupUrl }: BackupExport): BackupUrl {
  if (backupService !== service)
    throw new ServiceError(
      'InvalidBackup',
      `the record is of backup service "${backupService.slice(0, 80)}", which this service cannot read: only records of "${service}" can be imported`,
    );
  const parsed = recordSchema.safeParse(decode(backupUrl));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new ServiceError(
    'InvalidBackup',
    `backup_url is no record of a backup${where === '' ? '' : ` (${where})`}: give it as export_record answered it`,
  );
}

function decode(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed.length > MAX_CHARACTERS || !/^[A-Za-z0-9+/]+={0,2}$/.test(trimmed)) return undefined;
  try {
    return JSON.parse(Buffer.from(trimmed, 'base64').toString('utf8'));
  } catch {
    // Not JSON: the caller says so.
    return undefined;
  }
}
