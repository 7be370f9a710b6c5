import { type RequestContext, ServiceError } from '../model/index.ts';
import type { StoredAttachment, Tables } from '../state/index.ts';

/** The attachment, if the caller may see it. @throws ServiceError AttachmentNotFound */
export async function requireAttachment(
  tables: Pick<Tables, 'attachments'>,
  context: RequestContext,
  id: string,
): Promise<StoredAttachment> {
  const attachment = await tables.attachments.find(id);
  if (attachment === undefined || !(context.isAdmin || attachment.projectId === context.projectId))
    throw new ServiceError('AttachmentNotFound', `attachment ${id} could not be found`);
  return attachment;
}
