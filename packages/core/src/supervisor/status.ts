import type { EndCause } from './session.ts';
import type { StartFailure } from './startError.ts';
import type { DriverState } from './state.ts';

/** What is known of a supervised driver. */
export interface DriverStatus {
  readonly backend: string;
  readonly state: DriverState;
  /** Why it is in that state; empty when there is nothing to say. */
  readonly reason: string;
  /** When it came into that state, ms since the epoch. */
  readonly since: number;
  readonly pid: number | undefined;
  readonly driver: {
    readonly name: string;
    /** What the process said of itself; undefined before its first handshake. */
    readonly version: string | undefined;
    readonly protocolVersion: number | undefined;
    readonly capabilities: readonly string[];
  };
  /** Crashes within the window. */
  readonly crashes: number;
  /** When the next start is tried, ms since the epoch; only while backing off. */
  readonly nextTryAt: number | undefined;
  /** The last failure, kept until the next start by hand. */
  readonly lastFailure: DriverFailure | undefined;
}

/** How the driver failed last. */
export interface DriverFailure {
  readonly kind: EndCause | StartFailure;
  readonly message: string;
  /** ms since the epoch. */
  readonly at: number;
}
