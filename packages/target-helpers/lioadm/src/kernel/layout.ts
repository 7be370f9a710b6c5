import { TPG_TAG } from '@scoria/lio-kit';
import { formatPortal, type Portal, parsePortal } from '@scoria/target-kit';

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
