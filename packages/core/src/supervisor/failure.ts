import type { SessionEnd } from './session.ts';
import type { DriverStartError } from './startError.ts';
import type { DriverFailure } from './status.ts';

/** How one life of a driver failed, and what follows from it. */
export interface Failure {
  readonly kind: DriverFailure['kind'];
  readonly message: string;
  /** No repetition can cure it. */
  readonly permanent: boolean;
  /** Counts towards quarantine. */
  readonly crash: boolean;
}

/** A start that failed. A driver that says "no" in good order (its array is down) did not crash: it is tried for ever. */
export function failedStart(error: DriverStartError): Failure {
  return {
    kind: error.failure,
    message: error.message,
    permanent: error.permanent,
    crash: error.failure !== 'refused',
  };
}

/** A session that ended without being told to. */
export function failedSession(end: SessionEnd): Failure {
  return { kind: end.cause, message: end.message, permanent: end.cause === 'lying', crash: true };
}
