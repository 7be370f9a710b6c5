import { ContractError } from '@scoria/driver-sdk';
import { findBackstore, removeBackstore } from '@scoria/lio-kit';
import type { ExportContext } from './context.ts';
import { destroyExport } from './destroyExport.ts';
import { sessionsOf, showExport } from './showExport.ts';

/**
 * Removes LUNs, access, backstore and what is saved of them. Absent is success. The caller keeps other work on it out.
 *
 * @throws LioError; ContractError VOLUME_IS_BUSY (an initiator that sees it is logged in, without force), TARGET_REMOVE_FAILED
 */
export async function removeExport(
  context: ExportContext,
  name: string,
  { force }: { readonly force: boolean },
): Promise<void> {
  const { fs, saved, owner } = context;
  const shown = await showExport(context, name);
  const live = shown ? sessionsOf(shown) : [];
  if (live.length > 0 && !force) {
    throw new ContractError(
      'VOLUME_IS_BUSY',
      `${name} is in use by ${live.join(', ')}: detach it there and end the connection, or use force`,
      { details: { sessions: live.length } },
    );
  }
  if (shown) await destroyExport(context, shown);
  const left = await findBackstore(fs, owner.backstoreName(name));
  if (left) await removeBackstore(fs, left.path);
  if (await showExport(context, name))
    throw new ContractError('TARGET_REMOVE_FAILED', `the export of ${name} is still there after its removal`);
  await saved.save(owner.backstoreName(name));
}
