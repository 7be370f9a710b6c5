import { ContractError, type FibreChannelExport } from '@scoria/driver-sdk';
import { allow, disallow } from './access.ts';
import type { ExportContext } from './context.ts';
import { showOrRestore } from './ensureExport.ts';
import { showExport, toExport } from './showExport.ts';

/**
 * Shows an export to initiators at every port of it. The caller keeps other work on it out.
 *
 * @returns the export as it was read back
 * @throws LioError; ContractError TARGET_NOT_FOUND, TARGET_ATTACH_FAILED
 */
export async function grantAccess(
  context: ExportContext,
  name: string,
  wwpns: readonly string[],
  readOnly: boolean,
): Promise<FibreChannelExport> {
  const { saved, owner } = context;
  const shown = await showOrRestore(context, name);
  if (!shown) throw new ContractError('TARGET_NOT_FOUND', `there is no export of ${name}: make it first`);
  const made: (() => Promise<void>)[] = [];
  try {
    for (const { port, lun, access } of shown.at) {
      for (const wwpn of wwpns) {
        const has = access.find((each) => each.wwpn === wwpn);
        if (has?.isMapped && has.readOnly === readOnly) continue;
        if (!has) made.push(() => disallow(context, port, lun, wwpn));
        await allow(context, port, lun, { wwpn, readOnly }, has);
      }
    }
    const after = await showExport(context, name);
    const isDone = after?.at.every(({ access }) =>
      wwpns.every((wwpn) =>
        access.some((each) => each.wwpn === wwpn && each.isMapped && each.readOnly === readOnly),
      ),
    );
    if (!after || !isDone)
      throw new ContractError(
        'TARGET_ATTACH_FAILED',
        `reading the export of ${name} back: the access is not as asked for`,
      );
    await saved.save(owner.backstoreName(name));
    return await toExport(name, after);
  } catch (error) {
    // An access that nobody was told of is none; one that was there before stays.
    for (const undo of made.reverse()) await undo();
    throw error;
  }
}
