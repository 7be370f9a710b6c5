import type { AttachmentRecord } from '../../model/index.ts';
import { flatConnectionInfo, type Secrets } from './connectionInfo.ts';
import { cinderTime } from './time.ts';

/** An attachment in a summary list. */
export function attachmentSummary(attachment: AttachmentRecord) {
  return {
    id: attachment.id,
    status: attachment.status,
    instance: attachment.instanceId,
    volume_id: attachment.volumeId,
  };
}

/** An attachment in full. Only the answer to the one who attaches reveals the CHAP secret. */
export function attachmentDetail(attachment: AttachmentRecord, secrets: Secrets) {
  return {
    ...attachmentSummary(attachment),
    attached_at: cinderTime(attachment.attachTime) ?? '',
    detached_at: cinderTime(attachment.detachTime) ?? '',
    attach_mode: attachment.mode,
    connection_info: flatConnectionInfo(attachment.connectionInfo, attachment.id, secrets),
  };
}
