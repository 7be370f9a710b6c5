import { type Device, TPG_TAG } from '@scoria/lio-kit';
import { sameIscsiName } from '@scoria/target-kit';
import { CLOSED, type ShownAcl, type ShownPortal, type ShownTarget } from '../kernel/showTarget.ts';
import { accessOf, sameAccess, type TargetRecord } from '../record.ts';

/**
 * How a target's LUN differs from its record, in words; empty when it does not. What differs here cannot be changed in place. The size can, and
 * is not compared; nor is the write cache, which counts when a target is made.
 */
export function lunDifferences(record: TargetRecord, device: Device, shown: ShownTarget): string[] {
  const differences: string[] = [];
  const check = (what: string, is: unknown, should: unknown) => {
    if (is !== should) differences.push(`${what} is ${is}, not ${should}`);
  };
  check('the portal group', shown.tags.join(' '), String(TPG_TAG));
  check('the LUNs', shown.luns.map((each) => each.lun).join(' '), String(record.lun));
  const backstore = shown.luns.find((each) => each.lun === record.lun)?.backstore;
  if (!backstore) return [...differences, `LUN ${record.lun} has no backstore`];
  check('the backstore', backstore.name, record.backstoreName);
  check('the backstore is enabled', backstore.enabled, true);
  check('the kind of backstore', backstore.kind, device.kind === 'file' ? 'fileio' : 'iblock');
  check('the backing device', backstore.device, record.path);
  // A path may lead to another device by now: the kernel keeps the one it opened.
  if (device.kind === 'block') check('the device number', backstore.number, device.number);
  check('the serial', backstore.serial, record.serial);
  return differences;
}

/** Whether an ACL gives exactly this access. */
export function aclMatches(record: Pick<TargetRecord, 'lun' | 'access'>, acl: ShownAcl): boolean {
  const access = accessOf(record.access, acl.initiator);
  const [mapped, ...others] = acl.luns;
  if (!access || !mapped || others.length > 0) return false;
  return (
    mapped.lun === record.lun &&
    mapped.tpgLun === record.lun &&
    // Credentials that nobody is asked for count for nothing.
    (access.chap === null ? acl.authentication === false : acl.authentication !== false) &&
    sameAccess(access, {
      initiator: acl.initiator,
      chap: access.chap === null ? null : acl.chap,
      readOnly: mapped.readOnly,
    })
  );
}

/** ACLs that must be brought in order or go, and accesses that have none. */
export function accessDifferences(record: TargetRecord, shown: ShownTarget): string[] {
  const wrong = shown.acls.filter((acl) => !aclMatches(record, acl)).map((acl) => acl.initiator);
  const missing = record.access
    .filter((access) => !shown.acls.some((acl) => sameIscsiName(acl.initiator, access.initiator)))
    .map((access) => access.initiator);
  return [
    ...wrong.map((initiator) => `the access of ${initiator} is not as asked for`),
    ...missing.map((initiator) => `${initiator} has no access`),
  ];
}

/** Whether two portals are the same, iSER included. */
export const samePortal = (one: ShownPortal, other: ShownPortal) =>
  one.address === other.address && one.port === other.port && one.iser === other.iser;

/** What keeps strangers out, or lets initiators reach the target, and is not as it should be. */
export function groupDifferences(record: TargetRecord, shown: ShownTarget): string[] {
  const attributes = Object.entries(CLOSED)
    .filter(([name, value]) => shown.attributes[name] !== value)
    .map(([name, value]) => `${name} is ${shown.attributes[name]}, not ${value}`);
  const missing = record.portals
    .filter((portal) => !shown.portals.some((each) => samePortal(each, portal)))
    .map(({ address, port }) => `it does not listen at ${address} port ${port}`);
  return [...attributes, ...missing, ...(shown.enabled ? [] : ['it is disabled'])];
}
