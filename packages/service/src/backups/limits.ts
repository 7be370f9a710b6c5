import { type Bytes, bytesToGibCeil, GIB } from '@scoria/core/contract';
import type { LifecycleSettings } from '../dependencies.ts';
import { type RequestContext, ServiceError } from '../model/index.ts';
import type { Tables } from '../state/index.ts';

/** Checks a project's quota before it gets one more backup of `size` bytes. @throws ServiceError OverLimit */
export async function checkBackupLimits(
  tables: Pick<Tables, 'backups'>,
  { maxBackups, maxBackupGigabytes }: LifecycleSettings,
  { projectId }: Pick<RequestContext, 'projectId'>,
  size: Bytes,
): Promise<void> {
  if (maxBackups < 0 && maxBackupGigabytes < 0) return;
  const used = await tables.backups.usage(projectId);
  if (maxBackups >= 0 && used.count + 1 > maxBackups)
    throw new ServiceError(
      'OverLimit',
      `the project has ${used.count} of ${maxBackups} backups: delete one first`,
    );
  if (maxBackupGigabytes >= 0 && used.bytes + size > maxBackupGigabytes * GIB)
    throw new ServiceError(
      'OverLimit',
      `the project's backups are of ${Math.ceil(used.bytes / GIB)} of ${maxBackupGigabytes} GiB: ${bytesToGibCeil(size)} GiB more are too much`,
    );
}
