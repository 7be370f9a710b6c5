import type { MultipathHost } from '../multipath/host.ts';
import type { Iscsiadm } from './iscsiadm.ts';

/** The parts of a host with open-iscsi. */
export interface OpenIscsiHost extends MultipathHost {
  readonly iscsiadm: Iscsiadm;
  readonly nodeDirectories: readonly string[];
  readonly scanTries: number;
}
