import type { Redactor } from './redact.ts';

/** How an attempt ended. */
export type Outcome = 'ok' | 'exit-code' | 'deadline' | 'aborted' | 'output-limit' | 'not-started';

/** What ran, safe to log: known secrets are masked and output is cut to its tail. */
export interface CommandRecord {
  readonly argv: readonly string[];
  readonly outcome: Outcome;
  /** Null when it never started or a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly durationMs: number;
  readonly stdoutTail: string;
  readonly stderrTail: string;
}

/** Characters kept of each stream. Errors cross a wire with lines of at most 1 MiB, several records each. */
export const TAIL_LENGTH = 4096;

/** What {@link recordCommand} needs to know of an attempt. */
export interface Attempt {
  readonly argv: readonly string[];
  readonly outcome: Outcome;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly durationMs: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Makes the redacted record of one attempt. Masks before it cuts, so that no secret survives in part at the cut. */
export function recordCommand(attempt: Attempt, redact: Redactor): CommandRecord {
  return {
    argv: attempt.argv.map(redact),
    outcome: attempt.outcome,
    exitCode: attempt.exitCode,
    signal: attempt.signal,
    durationMs: attempt.durationMs,
    stdoutTail: tail(redact(attempt.stdout)),
    stderrTail: tail(redact(attempt.stderr)),
  };
}

/** The end of `text`, where tools print their errors. */
export function tail(text: string, length = TAIL_LENGTH): string {
  return text.length <= length ? text : `[…]${text.slice(-length)}`;
}
