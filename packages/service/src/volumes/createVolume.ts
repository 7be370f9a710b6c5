import { type Bytes, bytesToGibCeil } from '@scoria/core/contract';
import type { ImageDescription } from '@scoria/images';
import type { LifecycleDependencies } from '../dependencies.ts';
import { requireImage, requireRoom, sizeFor } from '../images/imageForVolume.ts';
import type { Operation } from '../journal/index.ts';
import {
  type CreateVolumeRequest,
  type RequestContext,
  ServiceError,
  type VolumeRecord,
  type VolumeTypeRecord,
} from '../model/index.ts';
import type { Placement, PlacementRequest } from '../scheduler/index.ts';
import type { Tables } from '../state/index.ts';
import { resolveType } from '../types/resolveType.ts';
import type { CreateVolumeArguments } from './createVolumeArguments.ts';
import type { PromisedCapacity } from './createVolumeOperation.ts';
import { isInUse } from './inUse.ts';
import { checkLimits } from './limits.ts';
import { pinnedPlace, placementRequest } from './placementRequest.ts';
import { readSource, type VolumeSource } from './volumeSource.ts';

/**
 * Accepts a volume to be made: checks the request, chooses a backend, records the intent. The volume is made in the
 * background.
 *
 * @throws ServiceError InvalidInput, NoValidBackend, OverLimit, and NotFound for what the request names.
 */
export async function createVolume(
  deps: LifecycleDependencies,
  operation: Operation<CreateVolumeArguments, void>,
  promised: PromisedCapacity,
  context: RequestContext,
  request: CreateVolumeRequest,
): Promise<VolumeRecord> {
  const { state, settings, scheduler, journal } = deps;
  checkZone(request, settings.availabilityZone);
  const image = request.imageId === null ? null : await requireImage(deps.images, context, request.imageId);
  const source = await readSource(state, context, request, image);
  const size = chooseSize(request, source, image);
  const type = await resolveType(
    state,
    request.volumeType ?? source.volumeType ?? settings.defaultVolumeType,
  );
  await checkLimits(deps, context, { volumes: 1, more: size });
  const volume = newVolume(context, request, { size, type, source, zone: settings.availabilityZone });
  const pinned = pinnedHost(context, request);
  const placement = await placeFor(scheduler, await placementRequest(state, volume, pinned), pinned, source);
  if (placement !== null) promised.set(volume.id, placement.allocation);
  try {
    const record = { ...volume, host: placement?.host ?? null };
    const { value } = await journal.begin(operation, context.requestId, async (tables) => {
      // Again, now that nothing can come between: a source that is being deleted makes no volume.
      await readSource(tables, context, request, image);
      await checkLimits({ state: tables, settings }, context, { volumes: 1, more: size });
      await tables.volumes.insert(record);
      await tables.volumeMetadata.merge(record.id, request.metadata);
      await tables.volumeImageMetadata.merge(record.id, source.imageMetadata);
      return {
        objectId: record.id,
        args: {
          ...createArguments(record, request, placement, pinned),
          moment: await momentOf(tables, request),
        },
        value: record,
      };
    });
    return value;
  } catch (error) {
    promised.get(volume.id)?.release();
    promised.delete(volume.id);
    throw error;
  }
}

function createArguments(
  volume: VolumeRecord,
  { snapshotId, sourceVolumeId, imageId }: CreateVolumeRequest,
  placement: Placement | null,
  pinned: string | null,
): Omit<CreateVolumeArguments, 'moment'> {
  const base = { volumeId: volume.id, placed: placement !== null, pinned };
  if (snapshotId !== null) return { ...base, source: { kind: 'snapshot', id: snapshotId } };
  if (sourceVolumeId !== null) return { ...base, source: { kind: 'volume', id: sourceVolumeId } };
  if (imageId !== null) return { ...base, source: { kind: 'image', id: imageId } };
  return { ...base, source: { kind: 'blank' } };
}

/** A name for the snapshot that may have to be taken of a source in use: the same for every run of the operation. */
async function momentOf(
  tables: Tables,
  { sourceVolumeId }: CreateVolumeRequest,
): Promise<CreateVolumeArguments['moment']> {
  const origin = sourceVolumeId === null ? undefined : await tables.volumes.find(sourceVolumeId);
  if (origin === undefined || !(await isInUse(tables, origin))) return null;
  return { snapshotId: crypto.randomUUID() };
}

function chooseSize(
  request: CreateVolumeRequest,
  source: VolumeSource,
  image: ImageDescription | null,
): Bytes {
  const size = request.size ?? (image === null ? source.size : sizeFor(image));
  if (image !== null) requireRoom(image, size);
  if (size <= 0)
    throw new ServiceError(
      'InvalidInput',
      'a volume needs a size above 0; give one, or a source to take it from',
    );
  if (size % 512 !== 0)
    throw new ServiceError('InvalidInput', `a size of ${size} bytes is not a multiple of 512`);
  if (size < source.size)
    throw new ServiceError(
      'InvalidInput',
      `a volume of ${bytesToGibCeil(size)} GiB is smaller than its source ${source.kind} of ${bytesToGibCeil(source.size)} GiB: ask for at least that`,
    );
  return size;
}

/** A clone goes to its source's backend, which may share blocks; where that cannot hold it, another one gets a copy. */
async function placeFor(
  scheduler: LifecycleDependencies['scheduler'],
  request: PlacementRequest,
  pinned: string | null,
  source: VolumeSource,
): Promise<Placement | null> {
  try {
    return await scheduler.place(request);
  } catch (error) {
    if (source.kind !== 'volume' || !(error instanceof ServiceError)) throw error;
    return scheduler.place({ ...request, pinned: pinnedPlace(pinned) });
  }
}

function checkZone({ availabilityZone }: CreateVolumeRequest, zone: string): void {
  if (availabilityZone !== null && availabilityZone !== zone)
    throw new ServiceError(
      'InvalidInput',
      `availability zone "${availabilityZone}" is invalid; this service has "${zone}"`,
    );
}

/** `host@backend#pool` from the hint `host`, which only administrators may give. */
function pinnedHost(context: RequestContext, { schedulerHints }: CreateVolumeRequest): string | null {
  const host = schedulerHints['host'];
  return context.isAdmin && typeof host === 'string' ? host : null;
}

function newVolume(
  context: RequestContext,
  request: CreateVolumeRequest,
  { size, type, source, zone }: { size: Bytes; type: VolumeTypeRecord; source: VolumeSource; zone: string },
): VolumeRecord {
  const id = crypto.randomUUID();
  return {
    id,
    projectId: context.projectId,
    userId: context.userId,
    displayName: request.displayName,
    displayDescription: request.displayDescription,
    backendName: `volume-${id}`,
    size,
    status: 'creating',
    previousStatus: null,
    attachStatus: 'detached',
    migrationStatus: null,
    availabilityZone: zone,
    host: null,
    volumeTypeId: type.id,
    snapshotId: request.snapshotId,
    sourceVolumeId: request.sourceVolumeId,
    bootable: source.bootable,
    multiattach: request.multiattach || /^<is>\s*true$/i.test(type.extraSpecs['multiattach'] ?? ''),
    readOnly: false,
    encrypted: false,
    providerLocation: null,
    providerAuth: null,
    providerGeometry: null,
    providerId: null,
    metadata: request.metadata,
    imageMetadata: source.imageMetadata,
    adminMetadata: {},
    createdAt: new Date().toISOString(),
    updatedAt: null,
    launchedAt: null,
    failure: null,
  };
}
