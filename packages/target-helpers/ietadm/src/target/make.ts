import { ContractError } from '@scoria/driver-sdk';
import { isIetError, tolerating } from '../errors.ts';
import { showTargets } from '../proc/showTargets.ts';
import type { TargetRecord } from '../record.ts';
import { removeAccounts, renewAccounts } from './accounts.ts';
import type { IetContext } from './context.ts';
import { lunOf } from './lun.ts';

const TID_TRIES = 16;

/** Makes the target under the lowest id that is free. @returns the id; null when somebody made the target meanwhile */
async function createUnderFreeTid(context: IetContext, iqn: string): Promise<number | null> {
  const { ietadm, proposed, maxTid } = context;
  for (let round = 1; round <= TID_TRIES; round += 1) {
    const shown = await showTargets(context.proc);
    if (shown.has(iqn)) return null;
    const taken = new Set([...[...shown.values()].map((each) => each.tid), ...proposed]);
    let tid = 1;
    while (taken.has(tid)) tid += 1;
    if (tid > maxTid) break;
    proposed.add(tid);
    try {
      await ietadm.createTarget(tid, iqn);
      return tid;
    } catch (error) {
      // Both codes stand for either: what is there is looked at again.
      if (!isIetError(error, 'INVALID', 'EXISTS') || round === TID_TRIES) throw error;
    } finally {
      proposed.delete(tid);
    }
  }
  throw new ContractError(
    'NO_MORE_TARGETS',
    `all target ids up to ${maxTid} are taken ("iscsi_num_targets")`,
    {
      details: { option: 'iscsi_num_targets', max: maxTid },
    },
  );
}

/**
 * Makes a target that does not exist; nobody is let in before it is complete. A half-made one is taken back.
 *
 * @returns false when somebody made it meanwhile
 * @throws IetError; ContractError NO_MORE_TARGETS
 */
export async function makeTarget(context: IetContext, record: TargetRecord): Promise<boolean> {
  const { ietadm, files } = context;
  const { iqn, access } = record;
  await files.allow(iqn, []);
  const tid = await createUnderFreeTid(context, iqn);
  if (tid === null) return false;
  try {
    await renewAccounts(context, tid, access);
    await ietadm.createLun(tid, record.lun, lunOf(record));
  } catch (error) {
    await removeAccounts(context, tid, access);
    await tolerating(['ABSENT'], () => ietadm.deleteTarget(tid));
    throw error;
  }
  await files.allow(
    iqn,
    access.map((each) => each.initiator),
  );
  return true;
}
