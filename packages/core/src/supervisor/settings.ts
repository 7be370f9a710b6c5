/** Times and limits of one driver's supervision. Times in milliseconds. */
export interface SupervisorSettings {
  /** From spawn to a probe that says ready, degraded or absent. */
  readonly startTimeoutMs: number;
  /** Wait between probes while the driver says `starting`. */
  readonly probePollMs: number;
  /** Wait between health checks: a ping each time, a probe with it. */
  readonly heartbeatMs: number;
  /** A ping unanswered for so long means that the event loop hangs: the driver is killed. */
  readonly heartbeatTimeoutMs: number;
  /** First wait before a restart; doubles with each failure in a row. */
  readonly backOffMinMs: number;
  readonly backOffMaxMs: number;
  /** This many crashes within the window end in quarantine. */
  readonly crashLimit: number;
  readonly crashWindowMs: number;
  /** How long a stop waits for calls under way. */
  readonly drainMs: number;
  /** How long the driver may take to answer `shutdown`. */
  readonly shutdownMs: number;
  /** After the connection was closed, before SIGTERM. */
  readonly exitMs: number;
  /** After SIGTERM, before SIGKILL. */
  readonly termMs: number;
  /** After a connection ended by itself: how long the exit report is waited for, since it says more than EPIPE. */
  readonly exitReportMs: number;
  /** How long the answer to a cancelled call is waited for. */
  readonly cancelGraceMs: number;
  /** Calls under way at once; more wait in order. */
  readonly maxConcurrent: number;
  readonly maxWaiting: number;
  /** Longer log lines of a driver are cut. */
  readonly maxLogLineBytes: number;
  /** More log lines within one second are counted and dropped. */
  readonly maxLogLinesPerSecond: number;
  /** Flags for Node, before the entry. */
  readonly nodeArgs: readonly string[];
}

/** What a supervisor does unless told otherwise. */
export const defaultSupervisorSettings: SupervisorSettings = {
  startTimeoutMs: 30_000,
  probePollMs: 200,
  heartbeatMs: 5_000,
  heartbeatTimeoutMs: 10_000,
  backOffMinMs: 1_000,
  backOffMaxMs: 60_000,
  crashLimit: 5,
  crashWindowMs: 300_000,
  drainMs: 10_000,
  shutdownMs: 5_000,
  exitMs: 1_000,
  termMs: 5_000,
  exitReportMs: 1_000,
  cancelGraceMs: 10_000,
  maxConcurrent: 32,
  maxWaiting: 4_096,
  maxLogLineBytes: 64 * 1024,
  maxLogLinesPerSecond: 1_000,
  // Calls are small and short-lived: a larger young generation only delays the moment at which memory is given back.
  nodeArgs: ['--max-semi-space-size=1'],
};
