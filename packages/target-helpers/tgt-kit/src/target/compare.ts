import { accessList } from '../accessRules.ts';
import { type ShownLun, type ShownTarget, shownMegabytes } from '../management/index.ts';
import { ANCHOR, accountNames, isReadOnly, type TargetRecord } from '../record.ts';

const words = (flags: string | null) =>
  (flags ?? '')
    .split(/[:\s]+/)
    .filter((word) => word !== '')
    .sort()
    .join(' ');
const isSame = (one: readonly string[], other: readonly string[]) =>
  one.length === other.length && new Set([...one, ...other]).size === one.length;

/**
 * How a target's LUN differs from its record, in words; empty when it does not. `thin` and the write cache are not shown by
 * every tgtd and are not compared. The size is compared only when it is given.
 */
export function lunDifferences(record: TargetRecord, shown: ShownTarget, size?: number): string[] {
  const luns = shown.luns.filter((each) => each.lun !== 0);
  const lun = luns.find((each) => each.lun === record.lun);
  const differences = luns.filter((each) => each !== lun).map((each) => `there is a LUN ${each.lun} too`);
  if (shown.lld !== record.lld) differences.push(`it is served over ${shown.lld}, not ${record.lld}`);
  if (!lun) return [...differences, `LUN ${record.lun} is missing`];
  const check = (what: string, is: unknown, should: unknown) => {
    if (is !== should) differences.push(`${what} is ${is}, not ${should}`);
  };
  check('the backing file', lun.path, record.path);
  check('the serial', lun.serial, record.serial);
  check('the SCSI id', lun.scsiId.slice(-32), record.scsiId.slice(-32));
  check('the block size', lun.blockSize, record.blockSize);
  check('online', lun.online, true);
  check('the flags', words(lun.flags), words(record.flags));
  if (size !== undefined) check('the size in MB', lun.megabytes, shownMegabytes(size));
  return differences;
}

/** How a target's access differs from its record, in words; empty when it does not. Passwords cannot be read back. */
export function accessDifferences(record: TargetRecord, shown: ShownTarget): string[] {
  const differences: string[] = [];
  const list = accessList(record);
  const wanted = accountNames(record);
  // An anchor that is there although nobody has access is harmless: it saves two requests at the next grant.
  const accounts = wanted.length === 0 ? shown.accounts.filter((name) => name !== ANCHOR) : shown.accounts;
  if (!isSame(shown.acl, list)) {
    differences.push(`the access list is [${shown.acl.join(' ')}], not [${list.join(' ')}]`);
  }
  if (!isSame(accounts, wanted))
    differences.push(`the accounts are [${accounts.join(' ')}], not [${wanted.join(' ')}]`);
  const lun: ShownLun | undefined = shown.luns.find((each) => each.lun === record.lun);
  if (lun && lun.readOnly !== isReadOnly(record)) differences.push(`read-only is ${lun.readOnly}`);
  return differences;
}
