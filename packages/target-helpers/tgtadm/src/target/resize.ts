import { ContractError } from '@scoria/driver-sdk';
import { shownMegabytes } from '../management/index.ts';
import type { TargetRecord } from '../record.ts';
import type { TargetContext } from './applyAccess.ts';
import { backingSize } from './backingFile.ts';

/**
 * Has tgtd open the backing file again, which is how it learns of the file's new size; sessions stay.
 *
 * The four values go in one request: tgtd applies them in order and receives no command of an initiator meanwhile, so nobody
 * meets the LUN offline. `path` is refused unless the medium is removable and offline.
 *
 * @returns the size in bytes; tgtd shows megabytes, which were compared with it
 * @throws TgtError; ContractError BACKEND_ERROR when the new size does not show
 */
export async function resizeLun(
  { client, lister }: TargetContext,
  record: TargetRecord,
  tid: number,
): Promise<number> {
  const size = await backingSize(record.path);
  lister.changed();
  try {
    await client.updateLun(record.lld, tid, record.lun, [
      ['removable', 1],
      ['online', 0],
      ['path', record.path],
      ['removable', 0],
    ]);
  } catch (error) {
    // Some values may have been applied: never leave the LUN offline.
    await client.updateLun(record.lld, tid, record.lun, [
      ['online', 1],
      ['removable', 0],
    ]);
    throw error;
  }
  const shown = (await lister.fresh()).target(record.iqn)?.luns.find((each) => each.lun === record.lun);
  if (!shown?.online || shown.removable || shown.megabytes !== shownMegabytes(size)) {
    throw new ContractError(
      'BACKEND_ERROR',
      `LUN ${record.lun} of ${record.iqn} shows ${shown?.megabytes ?? 'no'} MB, ${shown?.online ? 'online' : 'offline'}, instead of ${shownMegabytes(size)} MB`,
    );
  }
  return size;
}
