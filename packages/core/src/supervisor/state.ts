/** Where a supervised driver is in its life. */
export type DriverState =
  | 'stopped'
  | 'starting'
  | 'ready'
  /** It serves, but says that something is wrong or absent. */
  | 'degraded'
  /** It failed and will be started again. */
  | 'backing-off'
  /** It failed too often, lied, or cannot work with this configuration: it waits for a person. */
  | 'quarantined'
  /** No new calls; those under way may finish. */
  | 'draining'
  | 'stopping';

const next: Readonly<Record<DriverState, readonly DriverState[]>> = {
  stopped: ['starting'],
  starting: ['ready', 'degraded', 'backing-off', 'quarantined', 'stopping'],
  ready: ['degraded', 'backing-off', 'quarantined', 'draining', 'stopping', 'ready'],
  degraded: ['ready', 'backing-off', 'quarantined', 'draining', 'stopping', 'degraded'],
  'backing-off': ['starting', 'quarantined', 'stopping'],
  quarantined: ['stopping'],
  draining: ['stopping'],
  stopping: ['stopped'],
};

/** @throws Error when the transition is not in the table: a defect of the supervisor. */
export function assertTransition(from: DriverState, to: DriverState): void {
  if (!next[from].includes(to)) throw new Error(`a driver cannot go from ${from} to ${to}`);
}

/** Whether calls are accepted. */
export function serves(state: DriverState): boolean {
  return state === 'ready' || state === 'degraded';
}
