import type { ConnectionInfo } from '@scoria/core/contract';
import type { Operation } from '../journal/index.ts';
import type { AttachmentRecord } from '../model/index.ts';
import type { AttachmentNotices } from './attachmentNotices.ts';
import type { ConnectArguments } from './connectOperation.ts';
import type { DisconnectArguments } from './disconnectOperation.ts';

/** The operations that attachments run, and who is told of them. */
export interface AttachmentOperations {
  readonly notices: AttachmentNotices;
  readonly connect: Operation<ConnectArguments, ConnectionInfo>;
  readonly disconnect: Operation<DisconnectArguments, readonly AttachmentRecord[]>;
}
