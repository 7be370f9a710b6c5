import type { ConnectionInfo } from '@scoria/core/contract';
import { z } from 'zod';
import type { ApiClient } from '../api/client.ts';
import { attachmentSchema } from '../api/models.ts';
import { read } from '../api/read.ts';
import { connectionOf } from './connection.ts';
import { everythingHeld, type Held, holderOf } from './heldHere.ts';

/** An attachment of a volume that an initiator of this host holds. */
export interface LocalAttachment extends Held {
  readonly attachmentId: string;
  /** Without its secret. */
  readonly connection: ConnectionInfo;
}

/** The attachments of a volume, in whatever status, whose devices are on this host. */
export async function localAttachments(client: ApiClient, volumeId: string): Promise<LocalAttachment[]> {
  const held = await everythingHeld();
  if (held.length === 0) return [];
  const answer = await client.get('/attachments/detail', { volume_id: volumeId });
  const found: LocalAttachment[] = [];
  for (const { id, connection_info: info = {} } of read(answer, 'attachments', z.array(attachmentSchema))) {
    if (Object.keys(info).length === 0) continue;
    const connection = connectionOf(info);
    const holder = holderOf(connection, held);
    if (holder !== null) found.push({ attachmentId: id, connection, ...holder });
  }
  return found;
}
