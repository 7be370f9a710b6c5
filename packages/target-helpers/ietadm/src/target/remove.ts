import { ContractError } from '@scoria/driver-sdk';
import { isIetError, tolerating } from '../errors.ts';
import { removeAccounts } from './accounts.ts';
import { type IetContext, showTarget } from './context.ts';
import { dropSessions, requireNoSessions } from './sessions.ts';

/**
 * Removes target, LUN, accounts, stanza and line. Absent is success; a module that cannot be asked is an error (D27). The caller keeps other work
 * on the target out.
 *
 * @throws IetError; ContractError VOLUME_IS_BUSY (a session, without force), TARGET_REMOVE_FAILED, BACKEND_UNAVAILABLE
 */
export async function removeTarget(
  context: IetContext,
  iqn: string,
  { force }: { readonly force: boolean },
): Promise<void> {
  const { files, ietadm } = context;
  const stored = await files.read(iqn);
  const shown = await showTarget(context, iqn);
  // What has no stanza of ours is somebody else's.
  if (!stored || stored === 'foreign') return;
  if (shown) {
    if (!force) await requireNoSessions(context, iqn, null);
    const before = await files.allowed(iqn);
    await files.allow(iqn, []);
    try {
      if (force) await dropSessions(context, iqn, null);
      else await requireNoSessions(context, iqn, null);
    } catch (error) {
      await files.allow(iqn, before ?? []);
      throw error;
    }
    await removeAccounts(context, shown.tid, stored.access);
    for (const { lun } of shown.luns) await tolerating(['ABSENT'], () => ietadm.deleteLun(shown.tid, lun));
    try {
      await tolerating(['ABSENT'], () => ietadm.deleteTarget(shown.tid));
    } catch (error) {
      if (!isIetError(error, 'BUSY')) throw error;
      throw new ContractError('VOLUME_IS_BUSY', `${iqn} has a live session: log out first, or use force`, {
        cause: error,
      });
    }
    if (await showTarget(context, iqn))
      throw new ContractError('TARGET_REMOVE_FAILED', `${iqn} is still there after its removal`);
  }
  await files.remove(iqn);
  await files.allow(iqn, null);
}
