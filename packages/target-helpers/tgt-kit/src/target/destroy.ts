import { setTimeout } from 'node:timers/promises';
import { isTgtError, type ShownSession } from '../management/index.ts';
import { ANCHOR, type TargetRecord } from '../record.ts';
import { lockOut } from './accessLists.ts';
import type { TargetContext } from './applyAccess.ts';
import { tolerating } from './listing.ts';
import { patience } from './patience.ts';

/** Breaks sessions and waits until tgtd has forgotten them. @throws TgtError DEADLINE is never thrown: false means that some are left */
export async function dropSessions(
  { client }: Pick<TargetContext, 'client'>,
  record: Pick<TargetRecord, 'lld'>,
  tid: number,
  isMeant: (session: ShownSession) => boolean,
): Promise<boolean> {
  const { forMs, everyMs } = patience[record.lld].settle;
  const end = performance.now() + forMs;
  for (;;) {
    const live = (await client.showSessions(record.lld, tid)).filter(isMeant);
    if (live.length === 0) return true;
    if (performance.now() > end) return false;
    for (const session of live) {
      for (const { cid } of session.connections) {
        await tolerating(['NO_SESSION', 'NO_CONNECTION'], () =>
          client.closeConnection(record.lld, tid, session.sid, cid),
        );
      }
    }
    await setTimeout(everyMs);
  }
}

/** What is needed to know of a target to remove it. */
export type Removable = Pick<TargetRecord, 'iqn' | 'lld' | 'access'>;

/** Deletes the target, waiting for commands under way to end. @throws TgtError NO_TARGET, TARGET_ACTIVE (without force), LUN_ACTIVE */
async function deleteTarget(
  { client }: TargetContext,
  record: Removable,
  tid: number,
  force: boolean,
): Promise<void> {
  const { forMs, everyMs } = patience[record.lld].settle;
  const end = performance.now() + forMs;
  for (;;) {
    try {
      await client.deleteTarget(record.lld, tid, force);
      return;
    } catch (error) {
      if (!isTgtError(error, 'LUN_ACTIVE') || performance.now() > end) throw error;
      await setTimeout(everyMs);
    }
  }
}

/**
 * Removes a target with its accounts. Without force it is atomic: either there was no session and it is gone, or nothing changed.
 *
 * @throws TgtError NO_TARGET, TARGET_ACTIVE (a session), LUN_ACTIVE
 */
export async function destroyTarget(
  context: TargetContext,
  record: Removable,
  tid: number,
  { force = true, accounts = [] as readonly string[] } = {},
): Promise<void> {
  const { client, lister, before } = context;
  lister.changed();
  if (force) {
    // Nobody may log in again between the break and the deletion.
    for (const { initiator } of record.access) await lockOut({ client, lld: record.lld, tid }, initiator);
    await dropSessions(context, record, tid, () => true);
  }
  await deleteTarget(context, record, tid, force);
  const names = new Set([
    ...accounts,
    ...record.access.flatMap((each) => (each.chap ? [each.chap.username] : [])),
  ]);
  for (const username of names) {
    if (username === ANCHOR || before.boundElsewhere(username, record.iqn).length > 0) continue;
    await tolerating(['NO_ACCOUNT'], () => client.deleteAccount(username));
  }
  lister.changed();
}
