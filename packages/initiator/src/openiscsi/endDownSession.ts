import { ContractError } from '@scoria/core/contract';
import { CommandError } from '@scoria/host-exec';
import { type Budget, becomesTrue } from '../budget.ts';
import type { OpenIscsiHost } from './host.ts';
import type { NodeAddress } from './iscsiadm.ts';
import { disksOf, type KernelSession, sessionTo } from './sessions.ts';

const GONE_MS = 10_000;
const POLL_MS = 50;

/**
 * Ends a session that is not logged in and that nobody uses, and waits until the kernel has none to that portal: a login finds one that is
 * still there, and makes no other.
 *
 * @throws ContractError BACKEND_UNAVAILABLE when it has disks, or does not go; CommandError
 */
export async function endDownSession(
  { sysfs, iscsiadm }: Pick<OpenIscsiHost, 'sysfs' | 'iscsiadm'>,
  node: NodeAddress,
  session: KernelSession,
  budget: Budget,
): Promise<void> {
  const what = `The session to ${node.iqn} at ${node.portal}`;
  if ((await disksOf(sysfs, session)).length > 0) {
    throw new ContractError(
      'BACKEND_UNAVAILABLE',
      `${what} is down, and has disks: it comes back by itself, or they have to be detached.`,
    );
  }
  const isGone = async () => (await sessionTo(sysfs, node.transport, node))?.id !== session.id;
  try {
    await iscsiadm.logout(node, budget);
  } catch (error) {
    // iscsid ends what has failed by itself, and may do so at the same time.
    if (!(error instanceof CommandError) || !(await isGone())) throw error;
  }
  if (await becomesTrue(Math.min(GONE_MS, budget.remainingMs), isGone, POLL_MS)) return;
  throw new ContractError('BACKEND_UNAVAILABLE', `${what} is down, and does not go away.`);
}
