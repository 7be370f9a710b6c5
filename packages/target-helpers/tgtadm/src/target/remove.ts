import { ContractError } from '@scoria/driver-sdk';
import { isTgtError } from '../management/index.ts';
import { destroyTarget, type Removable } from './destroy.ts';
import type { EnsureContext } from './ensure.ts';
import { tolerating } from './listing.ts';
import { sessionsLeft } from './sessionsLeft.ts';

/** What is enough to remove a target of which no file is left. */
const bare = (iqn: string, lld: Removable['lld']): Removable => ({ iqn, lld, access: [] });

/**
 * Removes target, access, accounts and file. Absent is success; a daemon that cannot be asked is an error (D27). The caller keeps
 * other work on the target out.
 *
 * @throws TgtError; ContractError VOLUME_IS_BUSY (a session, without force), TARGET_REMOVE_FAILED
 */
export async function removeTarget(
  context: EnsureContext,
  iqn: string,
  name: string,
  { force }: { readonly force: boolean },
): Promise<void> {
  const { client, confs, lister } = context;
  const stored = await confs.read(name);
  // Without force it is tgtd that refuses while there is a session; that a target is absent is only believed when just seen.
  const before = await lister.recentIf((listing) => listing.has(iqn));
  const shown = before.target(iqn);
  const record: Removable =
    stored?.iqn === iqn ? stored : bare(iqn, shown?.lld === 'iser' ? 'iser' : 'iscsi');
  if (shown) {
    // A session that was just logged out of may still be listed; without force tgtd would refuse because of it.
    if (!force && shown.sessions.length > 0)
      await tolerating(['NO_TARGET'], async () => {
        await sessionsLeft(client, { lld: record.lld, tid: shown.tid, isMeant: () => true });
      });
    try {
      const access = shown.acl.map((initiator) => ({ initiator, chap: null, readOnly: false }));
      await destroyTarget({ ...context, before }, { ...record, access }, shown.tid, {
        force,
        accounts: shown.accounts,
      });
    } catch (error) {
      if (isTgtError(error, 'TARGET_ACTIVE', 'LUN_ACTIVE') && !force) {
        throw new ContractError('VOLUME_IS_BUSY', `${iqn} has a live session: log out first, or use force`, {
          cause: error,
        });
      }
      if (!isTgtError(error, 'NO_TARGET')) throw error;
    }
  }
  for (const { chap } of record.access) {
    // Accounts that a half-done attempt left: they belong to no target.
    if (
      !chap ||
      shown?.accounts.includes(chap.username) ||
      before.boundElsewhere(chap.username, iqn).length > 0
    )
      continue;
    await tolerating(['NO_ACCOUNT'], () => client.deleteAccount(chap.username));
  }
  if (shown && (await lister.fresh()).has(iqn)) {
    throw new ContractError('TARGET_REMOVE_FAILED', `${iqn} is still there after its removal`);
  }
  if (stored) await confs.remove(name);
}
