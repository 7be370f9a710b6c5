import type { BackupService } from '../../model/index.ts';
import type { Call } from '../http/call.ts';
import { Fault } from '../http/fault.ts';
import type { CreateVolumeBody } from '../schemas/volumes.ts';
import { displayNames } from './names.ts';

/** The restore that `POST /volumes` with `backup_id` (3.47) is; null when the volume is no restored one. @throws Fault 400 */
export function restoreRequestOf({ body, minor }: Call<CreateVolumeBody>): {
  readonly backupId: string;
  readonly request: Parameters<BackupService['restore']>[2];
} | null {
  const { volume } = body;
  const { backup_id: backupId } = volume;
  if (!backupId) return null;
  if (minor < 47)
    throw new Fault(
      400,
      `Volume cannot be created from backup ${backupId} below microversion 3.47: send the header OpenStack-API-Version: volume 3.47, or restore the backup.`,
    );
  if (volume.snapshot_id || volume.source_volid || volume.imageRef || volume.image_id)
    throw new Fault(
      400,
      'Invalid input received: give only one of backup_id, snapshot_id, source_volid and imageRef: a volume has one source.',
    );
  const { displayName: name, displayDescription: description } = displayNames(volume);
  return {
    backupId,
    request: {
      volumeId: null,
      name,
      description,
      volumeType: volume.volume_type || null,
      size: volume.size ?? null,
      metadata: volume.metadata ?? null,
    },
  };
}
