import { ContractError } from '@scoria/driver-sdk';
import { removeAccounts } from './accounts.ts';
import { type IetContext, showTarget } from './context.ts';
import { discrepancies } from './ensure.ts';
import { replaceLun } from './lun.ts';
import { dropSessions, of, requireNoSessions } from './sessions.ts';

/**
 * Takes one initiator's access away, or everyone's (null). Absent is success. The caller keeps other work on the target out.
 *
 * @throws IetError; ContractError VOLUME_IS_BUSY (a session, without force), TARGET_DETACH_FAILED
 */
export async function revokeAccess(
  context: IetContext,
  iqn: string,
  initiator: string | null,
  { force }: { readonly force: boolean },
): Promise<void> {
  const { files } = context;
  const stored = await files.read(iqn);
  if (!stored || stored === 'foreign') return;
  const leaving = stored.access.filter(of(initiator));
  const desired = { ...stored, access: stored.access.filter((each) => !leaving.includes(each)) };
  const shown = await showTarget(context, iqn);
  const names = desired.access.map((each) => each.initiator);
  if (!shown) {
    await files.write(desired);
    await files.allow(iqn, names);
    return;
  }
  if (!force) await requireNoSessions(context, iqn, initiator);
  const before = await files.allowed(iqn);
  // Locked out before looking again: from here on no new session can begin.
  await files.allow(iqn, names);
  if (force) await dropSessions(context, iqn, initiator);
  else
    await requireNoSessions(context, iqn, initiator).catch(async (error: unknown) => {
      await files.allow(iqn, before ?? []);
      throw error;
    });
  await removeAccounts(context, shown.tid, leaving);
  await files.write(desired);
  const now = await showTarget(context, iqn);
  // Without those who only read, others may write again; without anybody, whoever comes next.
  if (now && now.sessions.length === 0 && (await discrepancies(context, desired, now)).length > 0)
    await replaceLun(context, now, desired);
  const left = ((await showTarget(context, iqn))?.sessions ?? []).filter(of(initiator));
  if (left.length > 0)
    throw new ContractError('TARGET_DETACH_FAILED', `${iqn} has ${left.length} sessions that should be gone`);
}
