import type { CreateVolumeRequest } from '../../model/index.ts';
import { Fault } from '../http/fault.ts';
import type { CreateVolumeBody } from '../schemas/volumes.ts';
import { displayNames } from './names.ts';

/** Makes the service's request of the body. @throws Fault 400 for sources and options that are not offered. */
export function createRequestOf(body: CreateVolumeBody): CreateVolumeRequest {
  const { volume } = body;
  refuseUnavailable(volume);
  return {
    ...displayNames(volume),
    size: volume.size ?? null,
    volumeType: volume.volume_type || null,
    availabilityZone: volume.availability_zone ?? null,
    metadata: volume.metadata ?? {},
    snapshotId: volume.snapshot_id ?? null,
    sourceVolumeId: volume.source_volid ?? null,
    imageId: imageIdOf(volume),
    multiattach: false,
    schedulerHints: body['OS-SCH-HNT:scheduler_hints'] ?? {},
  };
}

function refuseUnavailable(volume: CreateVolumeBody['volume']): void {
  const { size, snapshot_id: snapshotId, source_volid: sourceId } = volume;
  const image = imageIdOf(volume);
  if (volume.multiattach === true)
    throw new Fault(
      400,
      'The multiattach parameter has been removed: use a volume type with the extra spec multiattach="<is> True".',
    );
  if (volume.backup_id)
    throw new Fault(
      400,
      `Volume cannot be created from backup ${volume.backup_id}: backups are not available yet; leave backup_id out.`,
    );
  const group = volume.group_id ?? volume.consistencygroup_id;
  if (group)
    throw new Fault(
      400,
      `Volume cannot be created in group ${group}: groups are not available yet; leave group_id out.`,
    );
  if ([snapshotId, sourceId, image].filter(Boolean).length > 1)
    throw new Fault(
      400,
      'Invalid input received: give one of snapshot_id, source_volid and imageRef: a volume has one source.',
    );
  if (!size && !snapshotId && !sourceId && image === null)
    throw new Fault(
      400,
      "Invalid input received: Volume size 'None' must be an integer and greater than 0: give size in GiB, snapshot_id, source_volid or imageRef.",
    );
}

/** The image's id; older clients send its URL at the image service. */
function imageIdOf({ imageRef, image_id: imageId }: CreateVolumeBody['volume']): string | null {
  const reference = imageRef || imageId;
  if (!reference) return null;
  return /^https?:\/\//.test(reference) ? (reference.split('/').at(-1) ?? reference) : reference;
}
