import { numberOf, TPG_TAG } from '@scoria/lio-kit';
import { colonWwn, plainWwn } from '@scoria/target-kit';
import type { FcFabric } from '../fabrics.ts';

/** Where the objects of one target port are, below LIO's directory. */
export interface PortLayout {
  /** The port. */
  readonly port: string;
  /** Its only portal group. */
  readonly group: string;
  lun(lun: number): string;
  acl(initiator: string): string;
  mappedLun(initiator: string, lun: number): string;
}

/** The layout of a port, by its WWPN. */
export function layoutOf({ directory }: FcFabric, wwpn: string): PortLayout {
  const port = `${directory}/${colonWwn(wwpn)}`;
  const group = `${port}/tpgt_${TPG_TAG}`;
  const acl = (initiator: string) => `${group}/acls/${colonWwn(initiator)}`;
  return {
    port,
    group,
    lun: (lun) => `${group}/lun/lun_${lun}`,
    acl,
    mappedLun: (initiator, lun) => `${acl(initiator)}/lun_${lun}`,
  };
}

/** The WWPN that a directory is named after, plain; null for another one. */
export function wwpnOf(name: string): string | null {
  return /^([0-9a-f]{2}:){7}[0-9a-f]{2}$/.test(name) ? plainWwn(name) : null;
}

/** The number of a LUN's directory; null for another one. */
export const lunOf = (name: string) => numberOf(name, 'lun_');
