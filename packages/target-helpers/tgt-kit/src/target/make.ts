import { ContractError } from '@scoria/driver-sdk';
import { NO_WRITE_CACHE_PAGE } from '../conf/format.ts';
import { isTgtError, type LunUpdate } from '../management/index.ts';
import { isReadOnly, type TargetRecord } from '../record.ts';
import { applyAccess, type TargetContext } from './applyAccess.ts';
import { backingSize } from './backingFile.ts';
import { destroyTarget } from './destroy.ts';
import { tolerating } from './listing.ts';

const TID_TRIES = 12;
const MAX_TID = 0x7fff_ffff;
/** What tgt's `rdwr` store serves: files and block devices by pread and pwrite. */
const STORE_TYPE = 'rdwr';

/** The LUN's values, set before anybody can use it. */
function lunValues(record: TargetRecord): LunUpdate {
  return [
    ['scsi_sn', record.serial],
    ['scsi_id', record.scsiId],
    ['thin_provisioning', record.thin ? 1 : 0],
    ['readonly', isReadOnly(record) ? 1 : 0],
    ...(record.writeCache ? [] : [['mode_page', NO_WRITE_CACHE_PAGE] as const]),
  ];
}

/**
 * Creates the bare target under an id of our choosing. Other processes choose too: on a collision another one is taken.
 *
 * @returns the id; null when the name exists by now
 */
async function createUnderFreeTid(
  { client, lister, before, tids }: TargetContext,
  record: TargetRecord,
): Promise<number | null> {
  let inUse = before.tids;
  for (let round = 1; round <= TID_TRIES; round += 1) {
    const tid = tids.propose(inUse, round === 1 ? record.tid : 0);
    if (tid > MAX_TID) break;
    try {
      await client.createTarget(record.lld, tid, record.iqn);
      return tid;
    } catch (error) {
      if (!isTgtError(error, 'TARGET_EXISTS')) throw error;
      const listing = await lister.fresh();
      if (listing.has(record.iqn)) return null;
      inUse = listing.tids;
      tids.skip(round);
    } finally {
      tids.settle(tid);
    }
  }
  throw new ContractError(
    'NO_MORE_TARGETS',
    `no free target id was found for ${record.iqn} in ${TID_TRIES} tries`,
  );
}

/**
 * Makes a target that does not exist, nobody let in before it is complete. A half-made one is taken back.
 *
 * @returns the record with the id it got; null when the name exists by now
 * @throws TgtError; ContractError NOT_FOUND (no backing file), NO_MORE_TARGETS, TARGET_ATTACH_FAILED
 */
export async function makeTarget(context: TargetContext, record: TargetRecord): Promise<TargetRecord | null> {
  const { client, lister } = context;
  const { lld, lun } = record;
  lister.changed();
  const tid = await createUnderFreeTid(context, record);
  if (tid === null) return null;
  try {
    try {
      await client.createLun(lld, tid, lun, {
        path: record.path,
        storeType: STORE_TYPE,
        flags: record.flags ?? undefined,
        blockSize: record.blockSize,
      });
    } catch (error) {
      // "Invalid request" also stands for a file that cannot be opened: tell a missing one apart.
      if (isTgtError(error, 'INVALID_REQUEST')) await backingSize(record.path);
      throw error;
    }
    await client.updateLun(lld, tid, lun, lunValues(record));
    const blank = { tid, accounts: [], acl: [], readOnly: isReadOnly(record) };
    const all = new Set(record.access.flatMap((each) => (each.chap ? [each.chap.username] : [])));
    await applyAccess(context, record, blank, all);
  } catch (error) {
    await tolerating(['NO_TARGET', 'DAEMON_NOT_RUNNING', 'DAEMON_CLOSED'], () =>
      destroyTarget(context, record, tid),
    );
    throw error;
  } finally {
    lister.changed();
  }
  return { ...record, tid };
}
