import type { Bytes } from '@scoria/core/contract';
import type { ImageDescription } from '@scoria/images';
import { leastSize } from '../images/imageForVolume.ts';
import { imageMetadataOf } from '../images/imageMetadata.ts';
import { type CreateVolumeRequest, type RequestContext, ServiceError } from '../model/index.ts';
import { snapshotMachine, type Tables, volumeMachine } from '../state/index.ts';
import { requireVolume } from './access.ts';
import { volumeRefusal } from './refusal.ts';

/** What a new volume is made of, and what it gets from there. */
export interface VolumeSource {
  readonly kind: 'blank' | 'snapshot' | 'volume' | 'image';
  /** Least size of the volume. */
  readonly size: Bytes;
  /** Id or name. */
  readonly volumeType: string | null;
  readonly bootable: boolean;
  readonly imageMetadata: Readonly<Record<string, string>>;
}

/**
 * The source that a request names, if it may be used now.
 *
 * @param image what the request's image is, as described before: this reads only tables
 * @throws ServiceError InvalidInput, SnapshotNotFound, InvalidSnapshot, VolumeNotFound, InvalidVolume
 */
export async function readSource(
  tables: Tables,
  context: RequestContext,
  request: Pick<CreateVolumeRequest, 'snapshotId' | 'sourceVolumeId' | 'imageId'>,
  image: ImageDescription | null,
): Promise<VolumeSource> {
  const { snapshotId, sourceVolumeId, imageId } = request;
  if ([snapshotId, sourceVolumeId, imageId].filter((each) => each !== null).length > 1)
    throw new ServiceError(
      'InvalidInput',
      'name one of snapshot, source volume and image: a volume has one source',
    );
  if (snapshotId !== null) return fromSnapshot(tables, context, snapshotId);
  if (sourceVolumeId !== null) {
    const origin = await requireVolume(tables, context, sourceVolumeId);
    if (!volumeMachine.clone.from.some((each) => each === origin.status))
      throw await volumeRefusal(tables, origin, 'clone', []);
    const { size, volumeTypeId, bootable, imageMetadata } = origin;
    return { kind: 'volume', size, volumeType: volumeTypeId, bootable, imageMetadata };
  }
  if (image !== null)
    return {
      kind: 'image',
      size: leastSize(image),
      volumeType: image.properties['cinder_img_volume_type'] ?? null,
      bootable: true,
      imageMetadata: imageMetadataOf(image),
    };
  return { kind: 'blank', size: 0 as Bytes, volumeType: null, bootable: false, imageMetadata: {} };
}

async function fromSnapshot(tables: Tables, context: RequestContext, id: string): Promise<VolumeSource> {
  const snapshot = await tables.snapshots.find(id);
  if (snapshot === undefined || !(context.isAdmin || snapshot.projectId === context.projectId))
    throw new ServiceError('SnapshotNotFound', `snapshot ${id} could not be found`);
  if (!snapshotMachine.use.from.some((each) => each === snapshot.status))
    throw new ServiceError(
      'InvalidSnapshot',
      `snapshot ${snapshot.id} is ${snapshot.status}; a volume can be made of it only when it is available`,
    );
  const origin = await tables.volumes.find(snapshot.volumeId);
  return {
    kind: 'snapshot',
    size: snapshot.volumeSize,
    volumeType: origin?.volumeTypeId ?? null,
    bootable: origin?.bootable ?? false,
    imageMetadata: await tables.snapshotImageMetadata.of(id),
  };
}
