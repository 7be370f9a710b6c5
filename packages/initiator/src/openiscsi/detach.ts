import type { ContractError, Identity } from '@scoria/core/contract';
import type { Budget } from '../budget.ts';
import { toContractError, withLeftovers } from '../contractErrors.ts';
import { describe } from '../iscsi/proof.ts';
import type { DisconnectReport } from '../model.ts';
import { mapPath } from '../multipath/host.ts';
import { mapOf } from '../multipath/maps.ts';
import type { Attachment } from './attachment.ts';
import { dismantle, endSession } from './dismantle.ts';
import type { OpenIscsiHost } from './host.ts';
import { pathsOf } from './paths.ts';
import { type AttachmentRecords, recordOf } from './record.ts';
import { sessionTo } from './sessions.ts';

/** How a volume is detached. */
export interface DetachOptions {
  /** What its device has to show before it is touched; null: nobody says. */
  readonly identity: Identity | null;
  readonly force: boolean;
  /** False: nobody ever got it, or it is flushed. */
  readonly flush: boolean;
}

/**
 * Detaches a volume by all its ways, and confirms that nothing of it is left; only then its record goes, and the LUN number is
 * free on this host. What an interrupted attach or detach left is taken away in the same manner.
 *
 * @throws ContractError of the first step that failed; with `force` after all steps, and only if something is left
 */
export async function detach(
  host: OpenIscsiHost,
  records: AttachmentRecords,
  attachment: Attachment,
  { identity, force, flush }: DetachOptions,
  budget: Budget,
): Promise<DisconnectReport> {
  const [main] = attachment.addresses;
  const what = main === undefined ? 'the volume' : describe(main);
  const paths = await pathsOf(host.sysfs, attachment);
  const sessions = await Promise.all(
    attachment.addresses.map((address) => sessionTo(host.sysfs, attachment.transport, address)),
  );
  const errors: unknown[] = [];
  let flushed = true;
  try {
    const done = await dismantle(host, paths, {
      identity,
      force,
      flush,
      budget,
      flushed: async () => {
        if (identity === null || !flush) return;
        await records.save(recordOf(attachment, 'detaching', { identity, device: null }));
      },
    });
    flushed = done.flushed;
    errors.push(...done.errors);
    for (const address of attachment.addresses) {
      try {
        await endSession(host, { ...address, transport: attachment.transport }, budget);
      } catch (error) {
        if (!force) throw error;
        errors.push(error);
      }
    }
  } catch (error) {
    const failure = budget.signal.aborted
      ? budget.error(`detaching ${what}`)
      : toContractError(error, `Cannot detach ${what}`);
    throw withLeft(failure, await leftOf(host, attachment), []);
  }
  const left = await leftOf(host, attachment);
  if (left.length > 0) {
    const first = toContractError(errors[0] ?? new Error('it is still there'), `Cannot detach ${what}`);
    throw withLeft(first, left, errors.slice(1));
  }
  await records.remove(attachment);
  return {
    wasAttached: paths.length > 0 || sessions.some((session) => session !== undefined),
    flushed,
    warnings: errors.map((error) => (error instanceof Error ? error.message : String(error))),
  };
}

function withLeft(error: ContractError, left: readonly string[], others: readonly unknown[]): ContractError {
  const known = new Set(error.leftBehind);
  return withLeftovers(error, { errors: others, leftBehind: left.filter((each) => !known.has(each)) });
}

/** What of the volume is on this host: maps and disks. */
async function leftOf(host: OpenIscsiHost, attachment: Attachment): Promise<string[]> {
  const left = new Set<string>();
  for (const { disk } of await pathsOf(host.sysfs, attachment)) {
    left.add(host.sysfs.path(disk));
    const map = await mapOf(disk.name, host.sysfs.root);
    if (map !== null) left.add(mapPath(host, map));
  }
  return [...left];
}
