import type { ExitCodeName } from './exitCodes.ts';

/** An error for the user: what went wrong with which object, and what to do next. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exit: ExitCodeName;
  /** What to do next; null when the message says it all. */
  readonly hint: string | null;

  constructor(exit: ExitCodeName, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.exit = exit;
    this.hint = options.hint ?? null;
  }
}
