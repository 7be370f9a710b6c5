import type { ContractError, Identity } from '@scoria/core/contract';
import type { Budget } from '../budget.ts';
import { toContractError, withLeftovers } from '../contractErrors.ts';
import type { DisconnectReport } from '../model.ts';
import type { MultipathHost } from '../multipath/host.ts';
import { dismantle } from './dismantle.ts';
import { leftOf } from './leftOf.ts';
import type { AttachmentRecords } from './records.ts';
import type { DiskPath, Transport } from './transport.ts';

/** How a volume is detached. */
export interface DetachOptions {
  /** What its device has to show before it is touched; null: nobody says. */
  readonly identity: Identity | null;
  readonly force: boolean;
  /** False: nobody ever got it, or it is flushed. */
  readonly flush: boolean;
}

/** Where attachments of a transport are. */
export interface AttachmentGround<Attachment, Path extends DiskPath> {
  readonly host: MultipathHost;
  readonly transport: Transport<Attachment, Path>;
  readonly records: AttachmentRecords<Attachment>;
}

/**
 * Detaches a volume by all its ways, and confirms that nothing of it is left; only then its record goes, and the LUN number is
 * free on this host. What an interrupted attach or detach left is taken away in the same manner.
 *
 * @throws ContractError of the first step that failed; with `force` after all steps, and only if something is left
 */
export async function detach<Attachment, Path extends DiskPath>(
  { host, transport, records }: AttachmentGround<Attachment, Path>,
  attachment: Attachment,
  { identity, force, flush }: DetachOptions,
  budget: Budget,
): Promise<DisconnectReport> {
  const what = transport.nameOf(attachment);
  const paths = await transport.pathsOf(attachment);
  const wasAttached = paths.length > 0 || (await transport.isLoggedIn(attachment));
  const left = async (): Promise<string[]> => leftOf(host, await transport.pathsOf(attachment));
  const errors: unknown[] = [];
  let flushed = true;
  try {
    const done = await dismantle(host, transport, paths, {
      identity,
      force,
      flush,
      budget,
      flushed: async () => {
        if (identity === null || !flush) return;
        const handle = transport.handleOf(attachment);
        await records.save({ version: 1, handle, phase: 'detaching', identity, device: null });
      },
    });
    flushed = done.flushed;
    errors.push(...done.errors);
    for (const logOut of transport.logouts(attachment)) {
      try {
        await logOut(budget);
      } catch (error) {
        if (!force) throw error;
        errors.push(error);
      }
    }
  } catch (error) {
    const failure = budget.signal.aborted
      ? budget.error(`detaching ${what}`)
      : toContractError(error, `Cannot detach ${what}`);
    throw withLeft(failure, await left(), []);
  }
  const leftBehind = await left();
  if (leftBehind.length > 0) {
    const first = toContractError(errors[0] ?? new Error('it is still there'), `Cannot detach ${what}`);
    throw withLeft(first, leftBehind, errors.slice(1));
  }
  await records.remove(attachment);
  return {
    wasAttached,
    flushed,
    warnings: errors.map((error) => (error instanceof Error ? error.message : String(error))),
  };
}

function withLeft(error: ContractError, left: readonly string[], others: readonly unknown[]): ContractError {
  const known = new Set(error.leftBehind);
  return withLeftovers(error, { errors: others, leftBehind: left.filter((each) => !known.has(each)) });
}
