import type { ExitReport } from './exitReport.ts';

/** Why a driver did not start. */
export type StartFailure =
  /** It ended before it was ready. */
  | 'exited'
  /** It was not ready in time. */
  | 'timeout'
  /** No protocol version in common. */
  | 'protocol-mismatch'
  /** It is another driver than the manifest says. */
  | 'wrong-identity'
  /** It refused its configuration. */
  | 'configuration'
  /** It answered one of the steps with an error. */
  | 'refused'
  /** It broke the wire protocol. */
  | 'violation'
  /** An answer broke the contract's schema. */
  | 'lying'
  /** The supervisor was told to stop. */
  | 'aborted';

/** Failures that no repetition can cure: the driver is quarantined at once. */
const permanent: ReadonlySet<StartFailure> = new Set([
  'protocol-mismatch',
  'wrong-identity',
  'configuration',
  'lying',
]);

/** A driver did not become ready; its process is gone. */
export class DriverStartError extends Error {
  override readonly name = 'DriverStartError';
  readonly code = 'DRIVER_START_FAILED';
  readonly failure: StartFailure;
  readonly exit: ExitReport | undefined;

  constructor(
    failure: StartFailure,
    message: string,
    options: { exit?: ExitReport | undefined; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.failure = failure;
    this.exit = options.exit;
  }

  /** Whether no repetition can cure it: the driver is quarantined at once. */
  get permanent(): boolean {
    return permanent.has(this.failure);
  }
}
