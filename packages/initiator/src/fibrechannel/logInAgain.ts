import { join } from 'node:path';
import { type Budget, becomesTrue } from '../budget.ts';
import type { ScsiSysfs } from '../scsi/sysfs.ts';
import { tellKernel } from '../scsi/tellKernel.ts';
import { type HostPort, remotePorts, targetPorts } from './ports.ts';

const GONE_MS = 10_000;
const LOGIN_MS = 60_000;
const POLL_MS = 250;
/** Seconds until a port that has gone is forgotten. */
const SHORT = '1';

/**
 * Has a port of this host log in again to a port that it knows, but not as a target: what somebody may do there is said at login, and has
 * changed since. Its link goes down for a moment, so that it is only done while the port has no disks.
 *
 * The kernel gives a port that comes back within its `dev_loss_tmo` the role of a target, but no number, and so never its LUNs (Linux 6.1): it has to be
 * forgotten before it comes back.
 *
 * @returns whether it is a target now; false as well when the port is in use
 * @throws CommandError
 */
export async function logInAgain(
  sysfs: ScsiSysfs,
  from: HostPort,
  wwpn: string,
  budget: Budget,
): Promise<boolean> {
  const { root } = sysfs;
  const isTarget = async () => (await targetPorts(root, from)).some((each) => each.wwpn === wwpn);
  const seen = (await remotePorts(root, from)).filter((each) => each.wwpn === wwpn);
  if (seen.length === 0) return false;
  for (const target of await targetPorts(root, from)) {
    if ((await sysfs.disksBelow(target.directory)).length > 0) return false;
  }
  for (const { directory } of seen) await tellKernel(join(directory, 'dev_loss_tmo'), SHORT, budget);
  await tellKernel(join(root, 'class/fc_host', `host${from.host}`, 'issue_lip'), '1', budget);
  await becomesTrue(
    Math.min(GONE_MS, budget.remainingMs),
    async () => !(await remotePorts(root, from)).some((each) => each.wwpn === wwpn),
    POLL_MS,
  );
  return becomesTrue(
    Math.min(LOGIN_MS, budget.remainingMs),
    async () => budget.signal.aborted || isTarget(),
    POLL_MS,
  ).then(isTarget);
}
