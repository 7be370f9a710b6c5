import type { Lld } from '../management/index.ts';

/** How long something is waited for, and how often it is looked at meanwhile. */
export interface Wait {
  readonly forMs: number;
  readonly everyMs: number;
}

/** What counts as idle: no command for so long, and how long such a time is waited for. */
export interface Quiet {
  readonly quietMs: number;
  readonly forMs: number;
}

/** How long tgtd may take to notice that a session has ended, and a busy LUN to be idle. */
export interface Patience {
  /** After the initiator's logout. */
  readonly linger: Wait;
  /** After its connections were broken from this side. */
  readonly settle: Wait;
  /** Before the sessions of a LUN that is to grow are broken. */
  readonly quiet: Quiet;
}

const RDMA: Wait = { forMs: 15_000, everyMs: 250 };

/**
 * By transport. The end of a TCP connection is read from its socket at once. A session over RDMA outlives its logout, or the end of its connection,
 * by seconds: the news of it comes from the connection manager, and tgtd lets go of a connection only with the last event of it
 * (RDMA_CM_EVENT_TIMEWAIT_EXIT, usr/iscsi/iser.c).
 */
export const patience: Readonly<Record<Lld, Patience>> = {
  iscsi: {
    linger: { forMs: 2_000, everyMs: 10 },
    settle: { forMs: 5_000, everyMs: 5 },
    quiet: { quietMs: 15, forMs: 0 },
  },
  // A new login takes seconds, and who looks for the new size meanwhile sees the old one.
  iser: { linger: RDMA, settle: RDMA, quiet: { quietMs: 200, forMs: 1_000 } },
};
