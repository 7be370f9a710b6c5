import { ContractError } from '@scoria/driver-sdk';
import { findBackstore, removeBackstore } from '@scoria/lio-kit';
import { showTarget } from '../kernel/showTarget.ts';
import { isOurs, type TargetContext } from './context.ts';
import { destroyTarget } from './destroy.ts';

/**
 * Removes target, access, backstore and what is saved of them. Absent is success; a target of somebody else's is as good as absent, and not touched. The
 * caller keeps other work on it out.
 *
 * @throws LioError; ContractError VOLUME_IS_BUSY (a session, without force), TARGET_REMOVE_FAILED
 */
export async function removeTarget(
  context: TargetContext,
  iqn: string,
  name: string,
  { force }: { readonly force: boolean },
): Promise<void> {
  const { fs, saved, owner } = context;
  const backstoreName = owner.backstoreName(name);
  const shown = await showTarget(fs, iqn);
  const isMine = shown !== undefined && (await isOurs(context, shown, name));
  if (shown && isMine) await destroyTarget(fs, shown, { force });
  // What an attempt that was killed left.
  const leftover = await findBackstore(fs, backstoreName);
  if (leftover) await removeBackstore(fs, leftover.path);
  if (isMine && (await showTarget(fs, iqn)))
    throw new ContractError('TARGET_REMOVE_FAILED', `${iqn} is still there after its removal`);
  if (!shown || isMine) await saved.save({ iqn, backstoreName });
}
