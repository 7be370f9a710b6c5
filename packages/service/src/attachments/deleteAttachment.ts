import type { LifecycleDependencies } from '../dependencies.ts';
import {
  type AttachmentRecord,
  attachmentStatuses,
  type RequestContext,
  ServiceError,
} from '../model/index.ts';
import type { AttachmentOperations } from './attachmentOperations.ts';
import { claimForAttachments } from './followAttachments.ts';
import { answerOf } from './grantAccess.ts';
import { requireAttachment } from './requireAttachment.ts';

const deletable = attachmentStatuses.filter((status) => status !== 'detaching');

/**
 * Takes the access of an attachment and removes it; one that never had a connector is only removed.
 *
 * @returns the attachments that are left of the volume.
 * @throws ServiceError AttachmentNotFound, InvalidVolume; ContractError what the driver answered: the attachment is then
 * `error_detaching` and can be deleted again.
 */
export async function deleteAttachment(
  { state, journal }: LifecycleDependencies,
  { disconnect, notices }: Pick<AttachmentOperations, 'disconnect' | 'notices'>,
  context: RequestContext,
  id: string,
): Promise<readonly AttachmentRecord[]> {
  const attachment = await requireAttachment(state, context, id);
  const { volumeId, attachTime } = attachment;
  const left = await state.transaction(async (tables) => {
    // Read where nothing can come between: an update may just be giving it a connector.
    const now = await requireAttachment(tables, context, id);
    if (now.initiator !== null) return null;
    await tables.attachments.remove(id);
    await claimForAttachments(tables, volumeId, 'detach');
    return tables.attachments.ofVolume(volumeId);
  });
  // Of one that was never completed no driver was told.
  const tell = (): void => {
    if (attachTime !== null) notices.detached(context, attachment);
  };
  if (left !== null) {
    tell();
    return left;
  }
  const { completion } = await journal.begin(disconnect, context.requestId, async (tables) => {
    const claimed = await tables.attachments.transition(id, deletable, {
      status: 'detaching',
      detachTime: new Date().toISOString(),
    });
    if (!claimed)
      throw new ServiceError('Conflict', `attachment ${id} is being deleted by another request already`);
    await claimForAttachments(tables, volumeId, 'detach');
    const { initiator, connector } = await requireAttachment(tables, context, id);
    const args = { volumeId, initiator, connector, force: false, attachmentId: id };
    return { objectId: volumeId, args, value: undefined };
  });
  tell();
  return answerOf(completion);
}
