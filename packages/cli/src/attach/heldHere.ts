import type { ConnectionInfo } from '@scoria/core/contract';
import type { InitiatorConnector, ListedAttachment } from '@scoria/initiator';
import { initiatorFor } from './chooseInitiator.ts';

/** Something that an initiator of this host holds, whole or broken. */
export interface Held {
  readonly initiator: InitiatorConnector;
  readonly listed: ListedAttachment;
}

/** What the initiators of this host hold; one that is not installed holds nothing. */
export async function everythingHeld(): Promise<Held[]> {
  const held: Held[] = [];
  for (const choice of ['userland', 'open-iscsi'] as const) {
    const initiator = await initiatorFor('iscsi', choice);
    for (const listed of await listOf(initiator)) held.push({ initiator, listed });
  }
  return held;
}

/** Who holds a connection's device; null when nobody on this host does. */
export function holderOf(connection: ConnectionInfo, held: readonly Held[]): Held | null {
  if (connection.driver_volume_type !== 'iscsi' && connection.driver_volume_type !== 'iser') return null;
  const { target_iqn: iqn, target_lun: lun } = connection.data;
  // Not by portal: of several, the one that answered was taken.
  return held.find(({ listed }) => listed.target?.iqn === iqn && listed.target.lun === lun) ?? null;
}

async function listOf(initiator: InitiatorConnector): Promise<ListedAttachment[]> {
  try {
    return await initiator.listAttached();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'PROGRAM_NOT_FOUND') return [];
    throw error;
  }
}
