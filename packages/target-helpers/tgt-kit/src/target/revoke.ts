import { ContractError } from '@scoria/driver-sdk';
import { withAddressRule } from '../accessRules.ts';
import type { ShownSession } from '../management/index.ts';
import { sameRecord } from '../record.ts';
import { letIn, lockOut } from './accessLists.ts';
import { applyAccess } from './applyAccess.ts';
import { accessDifferences } from './compare.ts';
import { dropSessions } from './destroy.ts';
import type { EnsureContext } from './ensure.ts';
import { sessionsLeft } from './sessionsLeft.ts';

const busy = (iqn: string, sessions: readonly ShownSession[]) =>
  new ContractError(
    'VOLUME_IS_BUSY',
    `${iqn} is in use by ${[...new Set(sessions.map((each) => each.initiator))].join(', ')}: log out first, or use force`,
    { details: { sessions: sessions.length } },
  );

/**
 * Takes one initiator's access away, or everyone's (null). The caller keeps other work on the target out.
 *
 * @throws TgtError; ContractError VOLUME_IS_BUSY (a session, without force), TARGET_DETACH_FAILED
 */
export async function revokeAccess(
  context: EnsureContext,
  iqn: string,
  name: string,
  initiator: string | null,
  { force }: { readonly force: boolean },
): Promise<void> {
  const { client, confs, lister } = context;
  const stored = await confs.read(name);
  if (!stored || stored.iqn !== iqn) return;
  const goes = (each: { readonly initiator: string }) => initiator === null || each.initiator === initiator;
  const access = stored.access.filter((each) => !goes(each));
  const desired = withAddressRule({ ...stored, access }, await context.asksForBoth());
  const isRecorded = sameRecord(stored, desired);
  // Sessions are asked for again once the initiator is locked out.
  const before = await lister.recentIf(
    (listing) => listing.target(iqn)?.acl.some((each) => goes({ initiator: each })) ?? false,
  );
  const shown = before.target(iqn);
  if (!shown) {
    if (!isRecorded) await confs.write(desired);
    return;
  }
  const asked = { lld: stored.lld, tid: shown.tid, isMeant: goes };
  const live = force || !shown.sessions.some(goes) ? [] : await sessionsLeft(client, asked);
  if (live.length > 0) throw busy(iqn, live);
  // Locked out before looking again: from here on no new session can begin.
  const leaving = shown.acl.filter((name_) => goes({ initiator: name_ }));
  lister.changed();
  const lists = { client, lld: stored.lld, tid: shown.tid };
  for (const each of leaving) await lockOut(lists, each);
  const late = leaving.length === 0 || force ? [] : await sessionsLeft(client, asked);
  if (late.length > 0) {
    for (const each of leaving) await letIn(lists, each);
    throw busy(iqn, late);
  }
  if (force && !(await dropSessions(context, stored, shown.tid, goes))) {
    throw new ContractError('TARGET_DETACH_FAILED', `sessions of ${iqn} outlive their connections`);
  }
  const readOnly = shown.luns.find((each) => each.lun === stored.lun)?.readOnly ?? false;
  const acl = shown.acl.filter((each) => !leaving.includes(each));
  await applyAccess(
    { ...context, before },
    desired,
    { tid: shown.tid, accounts: shown.accounts, acl, readOnly },
    new Set(),
  );
  const [listing] = await Promise.all([lister.fresh(), isRecorded ? undefined : confs.write(desired)]);
  const after = listing.target(iqn);
  const differences = after ? accessDifferences(desired, after) : [];
  if (differences.length > 0) {
    throw new ContractError('TARGET_DETACH_FAILED', `reading ${iqn} back: ${differences.join('; ')}`);
  }
}
