import { formatPortal, type Portal, parsePortal } from '@scoria/target-kit';

/** The only portal group of a target of ours. */
export const TPG_TAG = 1;

/** Name of the links by which a LUN has its backstore, and an initiator its LUN: targetctl keeps it. */
export const LINK = 'scoria';

/** Directory of a target. */
export const targetPath = (iqn: string) => `iscsi/${iqn}`;
/** Directory of a target's portal group. */
export const tpgPath = (iqn: string) => `${targetPath(iqn)}/tpgt_${TPG_TAG}`;
/** Directory of a LUN. */
export const lunPath = (iqn: string, lun: number) => `${tpgPath(iqn)}/lun/lun_${lun}`;
/** Directory of what an initiator may do. */
export const aclPath = (iqn: string, initiator: string) => `${tpgPath(iqn)}/acls/${initiator}`;
/** Directory of a portal. An IPv6 address stands in brackets. */
export const portalPath = (iqn: string, portal: Portal) => `${tpgPath(iqn)}/np/${formatPortal(portal)}`;

/** The portal that a directory is named after; null when it is none that we can read. */
export function portalOf(name: string): Portal | null {
  try {
    return parsePortal(name);
  } catch {
    return null;
  }
}

/** The number in a name such as `lun_0`; null when it has none. */
export function numberOf(name: string, prefix: string): number | null {
  const match = name.startsWith(prefix) ? /^\d+$/.exec(name.slice(prefix.length)) : null;
  return match ? Number(match[0]) : null;
}
