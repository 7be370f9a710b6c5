import type { AttachmentOperations } from '../attachments/attachmentOperations.ts';
import { deleteAttachment } from '../attachments/deleteAttachment.ts';
import { claimForAttachments, followAttachments } from '../attachments/followAttachments.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import { type RequestContext, ServiceError, type VolumeService } from '../model/index.ts';
import type { ConnectionRecord, StoredAttachment, Tables } from '../state/index.ts';
import { requireVolume } from './access.ts';
import { claimVolume } from './claimVolume.ts';
import { terminateConnection } from './connectVolume.ts';

/** Records that an instance or a host has attached the volume (legacy flow). @throws ServiceError InvalidVolume */
export async function attachVolume(
  deps: Pick<LifecycleDependencies, 'state'>,
  { notices }: Pick<AttachmentOperations, 'notices'>,
  context: RequestContext,
  id: string,
  request: Parameters<VolumeService['attach']>[2],
): Promise<void> {
  const { state } = deps;
  const volume = await requireVolume(state, context, id);
  if (volume.readOnly && request.mode === 'rw')
    throw new ServiceError('InvalidVolume', `volume ${id} is read-only: attach it with mode "ro"`);
  const attachment = await state.transaction(async (tables) => {
    const others = await tables.attachments.ofVolume(id);
    const again = others.find(
      (each) =>
        each.status === 'attached' &&
        each.instanceId === request.instanceId &&
        each.attachedHost === request.hostName,
    );
    // The same report twice is one attachment.
    if (again !== undefined) return again;
    if (others.length > 0 && !volume.multiattach)
      throw new ServiceError(
        'InvalidVolume',
        `volume ${id} has attachment ${others[0]?.id} already and is not multiattach: detach it first`,
      );
    const connection = await unclaimedConnection(tables, id, others, request.hostName);
    const made: StoredAttachment = {
      id: crypto.randomUUID(),
      projectId: volume.projectId,
      volumeId: id,
      instanceId: request.instanceId,
      attachedHost: request.hostName ?? connection?.connector.host ?? null,
      mountpoint: request.mountpoint,
      mode: request.mode,
      status: 'attached',
      initiator: connection?.initiator ?? null,
      connector: connection?.connector ?? null,
      connectionInfo: null,
      attachTime: new Date().toISOString(),
      detachTime: null,
    };
    await tables.attachments.insert(made);
    await claimForAttachments(tables, id, 'attachComplete');
    await tables.volumes.update(id, {
      adminMetadata: { ...volume.adminMetadata, attached_mode: request.mode },
    });
    return made;
  });
  notices.attached(context, attachment);
}

/**
 * The access that this attachment was given: that of its host, else the only one that nobody has claimed; who names no host shares the
 * only one there is, as a second instance of the same host does.
 */
async function unclaimedConnection(
  tables: Tables,
  volumeId: string,
  others: readonly StoredAttachment[],
  hostName: string | null,
): Promise<ConnectionRecord | undefined> {
  const connections = await tables.connections.ofVolume(volumeId);
  const free = connections.filter(({ initiator }) => !others.some((each) => each.initiator === initiator));
  const ofHost = connections.find(({ connector }) => hostName !== null && connector.host === hostName);
  const [only, another] = free.length > 0 || hostName !== null ? free : connections;
  return ofHost ?? (another === undefined ? only : undefined);
}

/**
 * Detaches (legacy flow): the record of the attachment goes, and with it any access that was not terminated before.
 *
 * @throws ServiceError InvalidVolume when it is not attached, or when it has several attachments and none is named.
 */
export async function detachVolume(
  deps: LifecycleDependencies,
  operations: AttachmentOperations,
  context: RequestContext,
  id: string,
  attachmentId: string | null,
): Promise<void> {
  const { state } = deps;
  await requireVolume(state, context, id);
  const attachments = await state.attachments.ofVolume(id);
  const [only, second] = attachments;
  if (attachmentId !== null && !attachments.some((each) => each.id === attachmentId))
    throw new ServiceError('InvalidVolume', `volume ${id} has no attachment ${attachmentId}`);
  if (attachmentId === null && second !== undefined)
    throw new ServiceError(
      'InvalidVolume',
      `volume ${id} has ${attachments.length} attachments: name the one to detach (attachment_id)`,
    );
  const chosen = attachmentId ?? only?.id;
  if (chosen !== undefined) {
    await deleteAttachment(deps, operations, context, chosen);
    return;
  }
  // No attachment on record: what is left of an attach that its client gave up.
  const volume = await requireVolume(state, context, id);
  const connected = (await state.connections.ofVolume(id)).length > 0;
  if (volume.status === 'available' && !connected)
    throw new ServiceError('InvalidVolume', `volume ${id} is not attached`);
  if (connected) await terminateConnection(deps, operations, context, id, null, { force: false });
  await state.transaction(async (tables) => {
    await claimVolume(tables, id, 'disconnect');
    await followAttachments(tables, id, { failure: null });
  });
}
