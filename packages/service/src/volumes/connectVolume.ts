import type { ConnectionInfo, Connector } from '@scoria/core/contract';
import type { AttachmentOperations } from '../attachments/attachmentOperations.ts';
import { answerOf, grantAccess } from '../attachments/grantAccess.ts';
import { initiatorKey } from '../attachments/initiatorKey.ts';
import type { LifecycleDependencies } from '../dependencies.ts';
import type { RequestContext } from '../model/index.ts';
import { requireVolume } from './access.ts';
import { claimVolume } from './claimVolume.ts';

/** Exports a volume and authorises an initiator (legacy flow); its status is the client's affair. */
export async function initializeConnection(
  deps: LifecycleDependencies,
  operations: AttachmentOperations,
  context: RequestContext,
  id: string,
  connector: Connector,
): Promise<ConnectionInfo> {
  const volume = await requireVolume(deps.state, context, id);
  return grantAccess(deps, operations.connect, context, {
    volume,
    connector,
    mode: connector.mode ?? (volume.readOnly ? 'ro' : 'rw'),
    attachmentId: null,
    claim: async (tables) => {
      await claimVolume(tables, id, 'connect');
    },
  });
}

/** Revokes an initiator, or all when `connector` is null, and removes the export when it was the last (legacy flow). */
export async function terminateConnection(
  deps: LifecycleDependencies,
  operations: AttachmentOperations,
  context: RequestContext,
  id: string,
  connector: Connector | null,
  { force }: { readonly force: boolean },
): Promise<void> {
  await requireVolume(deps.state, context, id);
  const initiator = connector === null ? null : initiatorKey(connector);
  const { completion } = await deps.journal.begin(
    operations.disconnect,
    context.requestId,
    async (tables) => {
      await claimVolume(tables, id, 'disconnect');
      const args = { volumeId: id, initiator, connector, force, attachmentId: null };
      return { objectId: id, args, value: undefined };
    },
  );
  await answerOf(completion);
}
