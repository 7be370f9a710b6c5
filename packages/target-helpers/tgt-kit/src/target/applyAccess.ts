import { ContractError } from '@scoria/driver-sdk';
import { accessList } from '../accessRules.ts';
import { isTgtError, type ShownTarget, type TgtClient } from '../management/index.ts';
import { ANCHOR, accountNames, isReadOnly, type TargetRecord } from '../record.ts';
import { letIn, lockOut } from './accessLists.ts';
import { type Lister, type Listing, tolerating } from './listing.ts';
import type { TidAllocator } from './tidAllocator.ts';

/** What all work on targets needs. */
export interface TargetContext {
  readonly client: TgtClient;
  readonly lister: Lister;
  /** The listing that `shown` is from. */
  readonly before: Listing;
  readonly tids: TidAllocator;
}

/** How accounts are to change; slots as tgtd keeps them, first bound first. */
interface AccountPlan {
  /** To unbind, in this order: from the last slot on, since a hole kills the daemon. */
  readonly unbind: readonly string[];
  /** To bind afterwards, in this order. */
  readonly bind: readonly string[];
  /** Whether the target has no account at all for a moment, and so would ask for none. */
  readonly open: boolean;
}

/** The shortest way from the bound accounts to the wanted ones that never leaves a hole. */
export function planAccounts(
  bound: readonly string[],
  wanted: readonly string[],
  renew: ReadonlySet<string>,
): AccountPlan {
  const keepAnchor = wanted.length === 0 && bound[0] === ANCHOR;
  const goal = keepAnchor ? [ANCHOR] : wanted;
  const stays = (name: string) => goal.includes(name) && !renew.has(name);
  const firstToGo = bound.findIndex((name) => !stays(name));
  const kept = firstToGo === -1 ? bound : bound.slice(0, firstToGo);
  const unbind = firstToGo === -1 ? [] : bound.slice(firstToGo).reverse();
  const rebind = bound.slice(kept.length).filter(stays);
  const anchorFirst = (one: string, other: string) => Number(other === ANCHOR) - Number(one === ANCHOR);
  const fresh = goal.filter((name) => !kept.includes(name) && !rebind.includes(name));
  const bind = [...rebind, ...fresh].sort(anchorFirst);
  return { unbind, bind, open: kept.length === 0 && unbind.length > 0 && bind.length > 0 };
}

/** Makes an account certain to have its recorded password. */
async function renewAccount(
  { client, lister }: TargetContext,
  record: TargetRecord,
  username: string,
): Promise<void> {
  const owner = record.access.find((each) => each.chap?.username === username);
  if (!owner?.chap) return;
  const { password } = owner.chap;
  if (!(await tolerating(['ACCOUNT_EXISTS'], () => client.createAccount(username, password)))) {
    const users = (await lister.fresh()).boundElsewhere(username, record.iqn);
    if (users.length > 0) {
      throw new ContractError('TARGET_ATTACH_FAILED', `the CHAP account ${username} belongs to ${users[0]}`, {
        details: { account: username },
      });
    }
    // Left by an attempt whose outcome was unknown. Its password may be another one, and cannot be changed.
    await tolerating(['NO_ACCOUNT'], () => client.deleteAccount(username));
    await client.createAccount(username, password);
  }
}

async function bindAccount(
  { client }: TargetContext,
  record: TargetRecord,
  tid: number,
  username: string,
): Promise<void> {
  try {
    await client.bindAccount(record.lld, tid, username);
  } catch (error) {
    if (username !== ANCHOR || !isTgtError(error, 'NO_ACCOUNT')) throw error;
    // The first target of this daemon. Another process may be quicker: whose password it is does not matter.
    await tolerating(['ACCOUNT_EXISTS'], () => client.createAccount(ANCHOR, record.anchor.password));
    await client.bindAccount(record.lld, tid, username);
  }
}

/**
 * Brings a target's accounts and access list from what is shown to what the record says, so that at no moment somebody has
 * access who should not. Order: names that go are locked out first, names that come are let in last.
 *
 * @param renew user names whose password in the daemon is not known to be the recorded one
 * @throws TgtError; ContractError TARGET_ATTACH_FAILED when an account is another target's, or CHAP is asked of some only
 */
export async function applyAccess(
  context: TargetContext,
  record: TargetRecord,
  shown: Pick<ShownTarget, 'tid' | 'accounts' | 'acl'> & { readonly readOnly: boolean },
  renew: ReadonlySet<string>,
): Promise<void> {
  const { client, lister, before } = context;
  const { lld, lun } = record;
  const { tid } = shown;
  const lists = { client, lld, tid };
  const list = accessList(record);
  const wanted = accountNames(record);
  if (wanted.length > 0 && record.access.some((each) => each.chap === null)) {
    throw new ContractError('TARGET_ATTACH_FAILED', 'tgt asks all initiators of a target for CHAP, or none');
  }
  lister.changed();
  const plan = planAccounts(shown.accounts, wanted, renew);
  const leaving = plan.open ? shown.acl : shown.acl.filter((rule) => !list.includes(rule));
  for (const rule of leaving) await lockOut(lists, rule);
  for (const username of plan.unbind)
    await tolerating(['NO_ACCOUNT'], () => client.unbindAccount(lld, tid, username));
  for (const username of plan.unbind) {
    if (username === ANCHOR || (wanted.includes(username) && !renew.has(username))) continue;
    const isShared = before.boundElsewhere(username, record.iqn).length > 0;
    if (!isShared) await tolerating(['NO_ACCOUNT'], () => client.deleteAccount(username));
  }
  for (const username of plan.bind) {
    const isKept = plan.unbind.includes(username) && !renew.has(username);
    if (username !== ANCHOR && !isKept) await renewAccount(context, record, username);
    await bindAccount(context, record, tid, username);
  }
  if (shown.readOnly !== isReadOnly(record)) {
    await client.updateLun(lld, tid, lun, [['readonly', isReadOnly(record) ? 1 : 0]]);
  }
  const coming = list.filter((rule) => !shown.acl.includes(rule) || leaving.includes(rule));
  for (const rule of coming) await letIn(lists, rule);
  lister.changed();
}
