import type { Identity } from '@scoria/core/contract';
import type { Budget } from '../budget.ts';
import { toContractError, withLeftovers } from '../contractErrors.ts';
import type { DisconnectReport } from '../model.ts';
import { mapPath } from '../multipath/host.ts';
import { mapOf } from '../multipath/maps.ts';
import { type Attachment, handleOf } from './attachment.ts';
import { dismantle } from './dismantle.ts';
import type { FcHost } from './host.ts';
import { pathsOf } from './paths.ts';

/**
 * Detaches a volume by all its ways, and confirms that nothing of it is left.
 *
 * @throws ContractError of the first step that failed; with `force` after all steps, and only if something is left
 */
export async function detach(
  host: FcHost,
  attachment: Attachment,
  { identity, force }: { readonly identity: Identity | null; readonly force: boolean },
  budget: Budget,
): Promise<DisconnectReport> {
  const what = handleOf(attachment);
  const paths = await pathsOf(host.sysfs, attachment);
  let done: Awaited<ReturnType<typeof dismantle>>;
  try {
    done = await dismantle(host, paths, { identity, force, flush: true, budget });
  } catch (error) {
    const failure = budget.signal.aborted
      ? budget.error(`detaching ${what}`)
      : toContractError(error, `Cannot detach ${what}`);
    throw withLeftovers(failure, { errors: [], leftBehind: await leftOf(host, attachment) });
  }
  const { flushed, errors } = done;
  const leftBehind = await leftOf(host, attachment);
  if (leftBehind.length > 0) {
    const first = toContractError(errors[0] ?? new Error('it is still there'), `Cannot detach ${what}`);
    throw withLeftovers(first, { errors: errors.slice(1), leftBehind });
  }
  return {
    wasAttached: paths.length > 0,
    flushed,
    warnings: errors.map((error) => (error instanceof Error ? error.message : String(error))),
  };
}

/** What of the volume is on this host: maps and disks. */
async function leftOf(host: FcHost, attachment: Attachment): Promise<string[]> {
  const left = new Set<string>();
  for (const { disk } of await pathsOf(host.sysfs, attachment)) {
    left.add(host.sysfs.path(disk));
    const map = await mapOf(disk.name, host.sysfs.root);
    if (map !== null) left.add(mapPath(host, map));
  }
  return [...left];
}
