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
    // tgtd itself refuses, without any effect, while there is a session; one that is just ending is waited for.
    const onceSessionsEnded = (again: () => Promise<void>) => async (error: unknown) => {
      if (force || !isTgtError(error, 'TARGET_ACTIVE', 'LUN_ACTIVE')) throw error;
      const asked = { lld: record.lld, tid: shown.tid, isMeant: () => true };
      if ((await sessionsLeft(client, asked)).length > 0) throw error;
      return again();
    };
    const access = shown.acl.map((initiator) => ({ initiator, chap: null, readOnly: false }));
    const destroy = () =>
      destroyTarget({ ...context, before }, { ...record, access }, shown.tid, {
        force,
        accounts: shown.accounts,
      });
    try {
      await tolerating(['NO_TARGET'], () => destroy().catch(onceSessionsEnded(destroy)));
    } catch (error) {
      if (force || !isTgtError(error, 'TARGET_ACTIVE', 'LUN_ACTIVE')) throw error;
      throw new ContractError('VOLUME_IS_BUSY', `${iqn} has a live session: log out first, or use force`, {
        cause: error,
      });
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
