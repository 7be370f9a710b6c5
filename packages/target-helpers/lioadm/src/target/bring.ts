import { ContractError } from '@scoria/driver-sdk';
import { type Configfs, type Device, findBackstore, removeBackstore, resizeBackstore } from '@scoria/lio-kit';
import { sameIscsiName } from '@scoria/target-kit';
import { tpgPath } from '../kernel/layout.ts';
import { CLOSED, type ShownTarget, showTarget } from '../kernel/showTarget.ts';
import { accessOf, type TargetRecord } from '../record.ts';
import { allow, disallow } from './acl.ts';
import { accessDifferences, aclMatches, groupDifferences, lunDifferences, samePortal } from './compare.ts';
import { destroyTarget, removePortal } from './destroy.ts';
import { addPortal, makeTarget } from './make.ts';

/**
 * Makes the target, or brings the one that is there to its record: access, portals and size in place; a LUN that differs by making the target
 * anew, unless somebody uses it.
 *
 * @param shown the target as it is; it must be ours
 * @returns the target as it was read back
 * @throws LioError; ContractError TARGET_CREATE_FAILED when the LUN differs and is in use, or what is read back differs
 */
export async function bring(
  fs: Configfs,
  record: TargetRecord,
  device: Device,
  shown: ShownTarget | undefined,
): Promise<ShownTarget> {
  const differences = shown ? lunDifferences(record, device, shown) : [];
  if (shown && differences.length === 0) {
    await amend(fs, record, device, shown);
  } else {
    if (shown) await clearAway(fs, record, shown, differences);
    await makeAfresh(fs, record, device);
  }
  const after = await showTarget(fs, record.iqn);
  const left = after
    ? [
        ...lunDifferences(record, device, after),
        ...accessDifferences(record, after),
        ...groupDifferences(record, after),
      ]
    : ['it is not there'];
  if (after && left.length === 0) return after;
  // Made just now, and it came out different: nothing half-right is left behind.
  if (after && !shown) await destroyTarget(fs, after, { force: true });
  throw new ContractError('TARGET_CREATE_FAILED', `reading ${record.iqn} back: ${left.join('; ')}`);
}

async function clearAway(
  fs: Configfs,
  record: TargetRecord,
  shown: ShownTarget,
  differences: readonly string[],
): Promise<void> {
  if (shown.sessions.length > 0) {
    throw new ContractError(
      'TARGET_CREATE_FAILED',
      `${record.iqn} is in use and differs: ${differences.join('; ')}`,
    );
  }
  await destroyTarget(fs, shown, { force: false });
}

async function makeAfresh(fs: Configfs, record: TargetRecord, device: Device): Promise<void> {
  // What an attempt that was killed left: no LUN has it, or removing it is refused.
  const leftover = await findBackstore(fs, record.backstoreName);
  if (leftover) await removeBackstore(fs, leftover.path);
  if (await makeTarget(fs, record, device)) return;
  throw new ContractError('TARGET_CREATE_FAILED', `${record.iqn} was made by somebody else at the same time`);
}

async function amend(fs: Configfs, record: TargetRecord, device: Device, shown: ShownTarget): Promise<void> {
  const { iqn, lun } = record;
  const backstore = shown.luns.find((each) => each.lun === lun)?.backstore;
  if (backstore && device.kind === 'file' && backstore.size !== null && backstore.size < device.size)
    await resizeBackstore(fs, backstore, device);
  for (const [name, value] of Object.entries(CLOSED))
    if (shown.attributes[name] !== value) await fs.write(`${tpgPath(iqn)}/attrib/${name}`, value);
  for (const acl of shown.acls)
    if (!accessOf(record.access, acl.initiator)) await disallow(fs, iqn, acl.initiator);
  for (const access of record.access) {
    const acl = shown.acls.find((each) => sameIscsiName(each.initiator, access.initiator));
    if (!acl || !aclMatches(record, acl)) await allow(fs, iqn, lun, access, acl);
  }
  for (const portal of shown.portals) {
    const isWanted = record.portals.some((each) => samePortal(each, portal));
    // A portal that sessions may go through stays until the target is unused.
    if (!isWanted && shown.sessions.length === 0) await removePortal(fs, iqn, portal);
  }
  for (const portal of record.portals)
    if (!shown.portals.some((each) => samePortal(each, portal))) await addPortal(fs, iqn, portal);
  if (!shown.enabled) await fs.write(`${tpgPath(iqn)}/enable`, '1');
}
