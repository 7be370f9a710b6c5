import { ContractError, isContractError } from '@scoria/driver-sdk';
import { sameIscsiName } from '@scoria/target-kit';
import { showTarget } from '../kernel/showTarget.ts';
import { disallow, lockOut } from './acl.ts';
import type { TargetContext } from './context.ts';
import { showOurs } from './ensure.ts';
import { busy, sessionsLeft } from './sessionsLeft.ts';

/**
 * Takes one initiator's access away, or everyone's (null); with force, its sessions end with it (D10). The caller keeps other work on the target
 * out.
 *
 * @throws LioError; ContractError VOLUME_IS_BUSY (a session, without force), TARGET_DETACH_FAILED
 */
export async function revokeAccess(
  context: TargetContext,
  iqn: string,
  name: string,
  initiator: string | null,
  { force }: { readonly force: boolean },
): Promise<void> {
  const { fs, saved, owner } = context;
  const goes = (each: { readonly initiator: string }) =>
    initiator === null || sameIscsiName(each.initiator, initiator);
  const subject = { iqn, backstoreName: owner.backstoreName(name) };
  const shown = await showOurs(context, iqn, name, (access) => !goes(access)).catch(
    async (error: unknown) => {
      // The volume is gone, and what is saved of its target goes too: nobody gets in by it again.
      if (!isContractError(error) || error.code !== 'NOT_FOUND') throw error;
      await saved.save(subject);
      return undefined;
    },
  );
  if (!shown) return;
  const live = force || !shown.sessions.some(goes) ? [] : await sessionsLeft(fs, iqn, goes);
  if (live.length > 0) throw busy(iqn, live);
  const leaving = shown.acls.filter(goes);
  // Locked out before looking again: from here on no new session can begin.
  const letIn = await Promise.all(leaving.map((acl) => lockOut(fs, iqn, acl)));
  const late = force || leaving.length === 0 ? [] : await sessionsLeft(fs, iqn, goes);
  if (late.length > 0) {
    for (const undo of letIn) await undo();
    throw busy(iqn, late);
  }
  for (const acl of leaving) await disallow(fs, iqn, acl.initiator);
  const after = await showTarget(fs, iqn);
  const left = [...(after?.acls ?? []), ...(after?.sessions ?? [])].filter(goes);
  if (left.length > 0)
    throw new ContractError('TARGET_DETACH_FAILED', `${left[0]?.initiator} still has access to ${iqn}`);
  await saved.save(subject);
}
