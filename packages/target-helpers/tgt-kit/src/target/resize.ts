import { ContractError, type Logger } from '@scoria/driver-sdk';
import { shownMegabytes } from '../management/index.ts';
import type { TargetRecord } from '../record.ts';
import type { TargetContext } from './applyAccess.ts';
import { backingSize } from './backingFile.ts';
import { dropSessions } from './destroy.ts';
import { becomesIdle } from './idle.ts';
import { patience } from './patience.ts';

/**
 * Has tgtd open the backing file again. The four values go in one request: tgtd applies them in order and takes no command of an
 * initiator meanwhile, so nobody meets the LUN offline. `path` is refused unless the medium is offline.
 */
async function reopen({ client }: TargetContext, record: TargetRecord, tid: number): Promise<void> {
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
}

/**
 * Makes the LUN show the new size of its backing file.
 *
 * Between closing the file and opening it again, tgtd's I/O threads use descriptor 0: a command caught there fails, or, where
 * descriptor 0 can be written, is lost (seen on 1.0.85 under load). So the file is reopened in place only when the LUN is idle;
 * otherwise the connections are broken first. Initiators reconnect by themselves within seconds and repeat their commands, as
 * iSCSI's error recovery has it, and meet no error.
 *
 * @returns the size in bytes; tgtd shows megabytes, which were compared with it
 * @throws TgtError; ContractError BACKEND_ERROR when the new size does not show
 */
export async function resizeLun(
  context: TargetContext,
  record: TargetRecord,
  tid: number,
  log: Logger,
): Promise<number> {
  const { client, lister } = context;
  const size = await backingSize(record.path);
  lister.changed();
  const sessions = await client.showSessions(record.lld, tid);
  const { quiet } = patience[record.lld];
  if (sessions.length > 0 && !(await becomesIdle(client, record, tid, quiet))) {
    log.info(
      { iqn: record.iqn, sessions: sessions.length },
      'the LUN is busy: its sessions are interrupted to let it grow',
    );
    if (!(await dropSessions(context, record, tid, () => true))) {
      throw new ContractError(
        'BACKEND_ERROR',
        `sessions of ${record.iqn} do not come to rest: extend it when there is less I/O`,
      );
    }
  }
  await reopen(context, record, tid);
  const shown = (await lister.fresh()).target(record.iqn)?.luns.find((each) => each.lun === record.lun);
  if (!shown?.online || shown.removable || shown.megabytes !== shownMegabytes(size)) {
    throw new ContractError(
      'BACKEND_ERROR',
      `LUN ${record.lun} of ${record.iqn} shows ${shown?.megabytes ?? 'no'} MB, ${shown?.online ? 'online' : 'offline'}, instead of ${shownMegabytes(size)} MB`,
    );
  }
  return size;
}
