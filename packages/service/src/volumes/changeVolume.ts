import type { LifecycleDependencies } from '../dependencies.ts';
import { type RequestContext, ServiceError, type VolumeRecord, type VolumeService } from '../model/index.ts';
import type { Tables } from '../state/index.ts';
import { requireAdmin, requireVolume } from './access.ts';
import { claimVolume } from './claimVolume.ts';
import { refuseUnfinished } from './refuseUnfinished.ts';

type Dependencies = Pick<LifecycleDependencies, 'state'>;
type Change<Method extends 'update' | 'resetStatus'> = Parameters<VolumeService[Method]>[2];

/** Changes name, description or metadata. */
export async function updateVolume(
  { state }: Dependencies,
  context: RequestContext,
  id: string,
  { metadata, ...change }: Change<'update'>,
): Promise<VolumeRecord> {
  return state.transaction(async (tables) => {
    await requireChangeable(tables, context, id);
    await tables.volumes.update(id, change);
    if (metadata !== undefined) await tables.volumeMetadata.replace(id, metadata);
    return requireVolume(tables, context, id);
  });
}

/** Sets statuses by hand, past the machine: for an administrator who knows the truth. @throws ServiceError Forbidden */
export async function resetStatus(
  { state, log }: Pick<LifecycleDependencies, 'state' | 'log'>,
  context: RequestContext,
  id: string,
  change: Change<'resetStatus'>,
): Promise<void> {
  requireAdmin(context, 'reset a status');
  const { status } = await state.transaction(async (tables) => {
    const volume = await requireVolume(tables, context, id);
    if (change.status === 'available' || change.status === 'in-use')
      await refuseUnfinished(tables, { kind: 'volume', id });
    await tables.volumes.transition(id, [volume.status], { ...change, previousStatus: null });
    return volume;
  });
  log.warn(
    { requestId: context.requestId, volumeId: id, from: status, ...change },
    'status was reset by an administrator',
  );
}

/** Marks a volume as bootable or not. @throws ServiceError InvalidVolume */
export async function setBootable(
  { state }: Dependencies,
  context: RequestContext,
  id: string,
  bootable: boolean,
): Promise<void> {
  await state.transaction(async (tables) => {
    await requireChangeable(tables, context, id);
    await tables.volumes.update(id, { bootable });
  });
}

/** Makes a volume read-only or writable for attachments to come. @throws ServiceError InvalidVolume while it is attached. */
export async function setReadOnly(
  { state }: Dependencies,
  context: RequestContext,
  id: string,
  readOnly: boolean,
): Promise<void> {
  await state.transaction(async (tables) => {
    const { adminMetadata } = await requireVolume(tables, context, id);
    await claimVolume(tables, id, 'setMode', {
      changes: { readOnly, adminMetadata: { ...adminMetadata, readonly: readOnly ? 'True' : 'False' } },
      when: ['no-attachments'],
    });
  });
}

/** Merges or replaces metadata. @returns all of it. */
export async function setMetadata(
  { state }: Dependencies,
  context: RequestContext,
  id: string,
  metadata: Readonly<Record<string, string>>,
  { replace }: { readonly replace: boolean },
): Promise<Readonly<Record<string, string>>> {
  return state.transaction(async (tables) => {
    await requireChangeable(tables, context, id);
    await (replace ? tables.volumeMetadata.replace(id, metadata) : tables.volumeMetadata.merge(id, metadata));
    return (await requireVolume(tables, context, id)).metadata;
  });
}

/** Removes one key. @throws ServiceError MetadataNotFound */
export async function deleteMetadataKey(
  { state }: Dependencies,
  context: RequestContext,
  id: string,
  key: string,
): Promise<void> {
  await state.transaction(async (tables) => {
    await requireChangeable(tables, context, id);
    if (!(await tables.volumeMetadata.remove(id, key)))
      throw new ServiceError('MetadataNotFound', `volume ${id} has no metadata "${key}"`);
  });
}

/** @throws ServiceError VolumeNotFound, InvalidVolume when it is about to be gone */
export async function requireChangeable(tables: Tables, context: RequestContext, id: string): Promise<void> {
  const { status } = await requireVolume(tables, context, id);
  if (status === 'deleting' || status === 'maintenance')
    throw new ServiceError('InvalidVolume', `volume ${id} is ${status} and cannot be changed`);
}
