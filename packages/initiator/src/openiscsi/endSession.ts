import type { Budget } from '../budget.ts';
import type { LunAddress } from '../iscsi/proof.ts';
import type { OpenIscsiHost } from './host.ts';
import type { NodeAddress } from './iscsiadm.ts';
import { disksOf, sessionTo } from './sessions.ts';

/** Logs out and removes the node record with its credentials, unless another LUN uses the session. Idempotent. */
export async function endSession(
  { sysfs, iscsiadm }: OpenIscsiHost,
  node: NodeAddress & Pick<LunAddress, 'lun'>,
  budget: Budget,
): Promise<void> {
  const session = await sessionTo(sysfs, node.transport, node);
  if (session !== undefined) {
    if ((await disksOf(sysfs, session)).length > 0) return;
    await iscsiadm.logout(node, budget);
  }
  await iscsiadm.removeNode(node, budget);
}
