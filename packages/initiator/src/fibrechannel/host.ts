import type { MultipathHost } from '../multipath/host.ts';

/** The parts of a host with Fibre Channel ports. */
export interface FcHost extends MultipathHost {
  readonly scanTries: number;
  /** Whether a port may look for every LUN of a target when the one that is meant does not show: it brings in LUNs of others. */
  readonly wildcardScan: boolean;
}
