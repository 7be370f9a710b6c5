import type { Connector } from '@scoria/core/contract';
import type { LifecycleDependencies } from '../dependencies.ts';
import {
  type AttachmentRecord,
  type AttachmentService,
  type RequestContext,
  ServiceError,
} from '../model/index.ts';
import type { StoredAttachment, Tables } from '../state/index.ts';
import { listScope, requireVolume } from '../volumes/access.ts';
import type { AttachmentOperations } from './attachmentOperations.ts';
import { deleteAttachment } from './deleteAttachment.ts';
import { claimForAttachments } from './followAttachments.ts';
import { grantAccess } from './grantAccess.ts';
import { requireAttachment } from './requireAttachment.ts';

/** Attachments (v3.27). */
export function createAttachmentService(
  deps: LifecycleDependencies,
  operations: AttachmentOperations,
): AttachmentService {
  const { state } = deps;

  async function connect(
    context: RequestContext,
    attachment: StoredAttachment,
    connector: Connector,
    reserve?: (tables: Tables) => Promise<void>,
  ): Promise<AttachmentRecord> {
    const volume = await requireVolume(state, context, attachment.volumeId);
    const mode = connector.mode ?? attachment.mode ?? (volume.readOnly ? 'ro' : 'rw');
    await grantAccess(deps, operations.connect, context, {
      volume,
      connector,
      mode,
      attachmentId: attachment.id,
      created: reserve !== undefined,
      claim: async (tables, initiator) => {
        await reserve?.(tables);
        await refuseOtherInitiator(tables, attachment.id, initiator);
        const claimed = await tables.attachments.transition(
          attachment.id,
          ['reserved', 'attaching', 'error_attaching'],
          {
            status: 'attaching',
            initiator,
            connector,
            mode,
            attachedHost: connector.host ?? attachment.attachedHost,
            mountpoint: connector.mountpoint ?? attachment.mountpoint,
          },
        );
        if (!claimed) throw await attachmentRefusal(tables, attachment.id);
        await claimForAttachments(tables, volume.id, 'attach');
      },
    });
    return requireAttachment(state, context, attachment.id);
  }

  return {
    async create(context, request) {
      const volume = await requireVolume(state, context, request.volumeId);
      const attachment: StoredAttachment = {
        id: crypto.randomUUID(),
        projectId: volume.projectId,
        volumeId: volume.id,
        instanceId: request.instanceId,
        attachedHost: request.connector?.host ?? null,
        mountpoint: request.connector?.mountpoint ?? null,
        mode: request.mode,
        status: 'reserved',
        initiator: null,
        connector: null,
        connectionInfo: null,
        attachTime: null,
        detachTime: null,
      };
      const reserve = async (tables: Tables): Promise<void> => {
        const others = await tables.attachments.ofVolume(volume.id);
        // An instance that moves to another host holds the volume on both for a while.
        const moving =
          request.instanceId !== null && others.some((each) => each.instanceId === request.instanceId);
        await tables.attachments.insert(attachment);
        const shared = volume.multiattach || moving;
        if (shared) await claimForAttachments(tables, volume.id, 'attachReserveShared');
        // One that was connected without an attachment may be writing: two writers would destroy a file system.
        else await claimForAttachments(tables, volume.id, 'attachReserve', ['no-connections']);
      };
      // With a connector the reservation is part of the journalled request: a crash leaves all of it or nothing.
      if (request.connector !== null) return connect(context, attachment, request.connector, reserve);
      await state.transaction(reserve);
      return attachment;
    },

    get: (context, id) => requireAttachment(state, context, id),

    list: (context, query) => state.attachments.list(query, listScope(context, query.allProjects)),

    async update(context, id, connector) {
      return connect(context, await requireAttachment(state, context, id), connector);
    },

    async complete(context, id) {
      const attachment = await requireAttachment(state, context, id);
      await state.transaction(async (tables) => {
        const completed = await tables.attachments.transition(id, ['attaching', 'attached'], {
          status: 'attached',
          attachTime: attachment.attachTime ?? new Date().toISOString(),
        });
        if (!completed) throw await attachmentRefusal(tables, id);
        await claimForAttachments(tables, attachment.volumeId, 'attachComplete');
        const { adminMetadata } = await requireVolume(
          tables,
          { ...context, isAdmin: true },
          attachment.volumeId,
        );
        await tables.volumes.update(attachment.volumeId, {
          adminMetadata: { ...adminMetadata, attached_mode: attachment.mode ?? 'rw' },
        });
      });
      operations.notices.attached(context, attachment);
    },

    delete: (context, id) => deleteAttachment(deps, operations, context, id),
  };
}

/** An attachment is of one initiator: the access of the first would be forgotten. */
async function refuseOtherInitiator(tables: Tables, id: string, initiator: string): Promise<void> {
  const now = await tables.attachments.find(id);
  if (now === undefined || now.initiator === null || now.initiator === initiator) return;
  if ((await tables.connections.find(now.volumeId, now.initiator)) === undefined) return;
  throw new ServiceError(
    'InvalidVolume',
    `attachment ${id} of volume ${now.volumeId} belongs to ${now.initiator}: make another attachment for ${initiator}`,
  );
}

async function attachmentRefusal(tables: Tables, id: string): Promise<ServiceError> {
  const now = await tables.attachments.find(id);
  if (now === undefined) return new ServiceError('AttachmentNotFound', `attachment ${id} could not be found`);
  return new ServiceError(
    'InvalidVolume',
    `attachment ${id} of volume ${now.volumeId} is ${now.status}: ${now.status === 'reserved' ? 'update it with a connector first' : 'delete it and make a new one'}`,
  );
}
