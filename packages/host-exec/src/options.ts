import type { SecretLike } from './secret.ts';
import type { CommandRecord } from './transcript.ts';

/** Which exit codes are success: one, several, or every one (also death by a signal). */
export type ExitCodes = number | readonly number[] | 'any';

/** When and how often a command that ended with a wrong exit code is run again (contract.md §4.2). */
export interface RetryPolicy {
  /** Total attempts (`num_shell_tries`). 1 or less means no retry. Default 3. */
  readonly tries?: number;
  /** Case-sensitive substrings of stderr that make an error final. Default none. */
  readonly noRetry?: readonly string[];
  /** Replaces the waiting between attempts, for tests. Must reject when the signal aborts. */
  readonly sleep?: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** Options of {@link run}. */
export interface RunOptions {
  /** Exit codes that are success. Default 0. */
  readonly exitCodes?: ExitCodes;
  /** Time limit of each attempt in ms, 1 to 2^31-1. Default 600 000. There is no way to have none (contract.md D19). */
  readonly deadlineMs?: number;
  /** Time between SIGTERM and SIGKILL in ms. Default 5 000. */
  readonly killGraceMs?: number;
  /** Aborting it kills the command's process group and ends all retrying. */
  readonly signal?: AbortSignal;
  /** Absent: one attempt. `{}`: the original's policy (3 attempts, waits of 1 s and 4 s). */
  readonly retry?: RetryPolicy;
  /** Run through the root helper. Default false. */
  readonly asRoot?: boolean;
  /** Argv prefix that gives root. Default: none when already root, `sudo -n` otherwise. */
  readonly rootHelper?: readonly string[];
  /** Text for stdin. A secret given here counts as one of `secrets`. Default: stdin is /dev/null. */
  readonly input?: string | Uint8Array | SecretLike;
  /** Secrets this command deals with: refused in argv and env, masked in errors and transcripts. */
  readonly secrets?: readonly (string | SecretLike)[];
  /** Variables beside `LC_ALL=C` and `PATH`. Nothing of this process's environment is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Open descriptors of this process that the command gets as 3, 4, … It keeps its own copies; whoever opened them closes them. Default none. */
  readonly fds?: readonly number[];
  /** Called with what the command prints to stdout, as it comes and **not** masked; for progress. What it throws is lost. */
  readonly onStdout?: (text: string) => void;
  /** Most characters kept of stdout and of stderr; more ends the command. Default 16 Mi. */
  readonly maxBuffer?: number;
  /** What the command is for; the first words of its error message. */
  readonly description?: string;
  /** Called once per attempt with the redacted record of it. */
  readonly onRecord?: (record: CommandRecord) => void;
}

/** What a successful command left. Output is complete and **not** masked. */
export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when a signal ended it (possible with `exitCodes: 'any'` only). */
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Wall time of the last attempt in ms. */
  readonly durationMs: number;
  /** One redacted record per attempt. */
  readonly transcript: readonly CommandRecord[];
}

/** Default of {@link RunOptions.deadlineMs}. */
export const DEFAULT_DEADLINE_MS = 600_000;
/** Default of {@link RunOptions.killGraceMs}. */
export const DEFAULT_KILL_GRACE_MS = 5_000;
/** Default of {@link RunOptions.maxBuffer}. */
export const DEFAULT_MAX_BUFFER = 16 * 1024 * 1024;
/** Default of {@link RetryPolicy.tries}. */
export const DEFAULT_TRIES = 3;
