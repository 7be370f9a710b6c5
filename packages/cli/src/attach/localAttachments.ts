import { hostname } from 'node:os';
import type { ConnectionInfo } from '@scoria/core/contract';
import type { AttachedDevice, InitiatorConnector } from '@scoria/initiator';
import type { ApiClient } from '../api/client.ts';
import { attachmentSchema, type Volume } from '../api/models.ts';
import { read } from '../api/read.ts';
import { initiatorFor } from './chooseInitiator.ts';
import { connectionOf } from './connection.ts';

/** An attachment of a volume that an initiator of this host holds. */
export interface LocalAttachment {
  readonly attachmentId: string;
  readonly connection: ConnectionInfo;
  readonly initiator: InitiatorConnector;
  readonly device: AttachedDevice;
}

/** The attachments of a volume whose devices are on this host. */
export async function localAttachments(client: ApiClient, volume: Volume): Promise<LocalAttachment[]> {
  const found: LocalAttachment[] = [];
  for (const { attachment_id: id, host_name: host } of volume.attachments) {
    if (host !== null && host !== undefined && host !== hostname()) continue;
    const attachment = read(await client.get(`/attachments/${id}`), 'attachment', attachmentSchema);
    const connection = connectionOf(attachment.connection_info ?? {});
    const held = await holderOf(connection);
    if (held !== null) found.push({ attachmentId: id, connection, ...held });
  }
  return found;
}

/** Which initiator of this host holds a connection's device; null when none does. */
async function holderOf(
  connection: ConnectionInfo,
): Promise<{ initiator: InitiatorConnector; device: AttachedDevice } | null> {
  if (connection.driver_volume_type !== 'iscsi') return null;
  const { target_iqn: iqn, target_lun: lun } = connection.data;
  for (const choice of ['userland', 'open-iscsi'] as const) {
    const initiator = await initiatorFor('iscsi', choice);
    const listed = await initiator.listAttached().catch(() => []);
    // Not by portal: of several, the one that answered was taken.
    const mine = listed.find(({ target }) => target?.iqn === iqn && target.lun === lun);
    if (mine?.device) return { initiator, device: mine.device };
  }
  return null;
}
