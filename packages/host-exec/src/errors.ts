import type { CommandRecord } from './transcript.ts';
import { tail } from './transcript.ts';

/** Stable codes of the errors of this package. */
export type HostExecErrorCode =
  | 'PROCESS_EXECUTION'
  | 'PROGRAM_NOT_FOUND'
  | 'NOT_STARTED'
  | 'DEADLINE'
  | 'ABORTED'
  | 'OUTPUT_LIMIT'
  | 'SECRET_IN_ARGV'
  | 'INVALID_ARGUMENT';

/** Base of all errors of this package; tell them apart by `code`. Nothing in them holds a registered secret. */
export class HostExecError extends Error {
  override readonly name: string = 'HostExecError';
  readonly code: HostExecErrorCode;

  constructor(code: HostExecErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What every error about a command that was tried carries. All texts are redacted. */
export interface CommandFailure {
  readonly cmd: readonly string[];
  readonly description: string;
  readonly transcript: readonly CommandRecord[];
}

/** Base of the errors about a command that was tried. */
export class CommandError extends HostExecError {
  /** The whole argv, root helper included. */
  readonly cmd: readonly string[];
  /** What the command was for, as the caller said. */
  readonly description: string;
  /** One record per attempt, oldest first. */
  readonly transcript: readonly CommandRecord[];

  constructor(code: HostExecErrorCode, problem: string, failure: CommandFailure, options?: ErrorOptions) {
    const subject = failure.description === '' ? '' : `${failure.description}: `;
    super(code, `${subject}\`${failure.cmd.join(' ')}\` ${problem}`, options);
    this.cmd = failure.cmd;
    this.description = failure.description;
    this.transcript = failure.transcript;
  }
}

/** The command ended with an exit code (or by a signal) that is not allowed (contract.md §4.1). The only retried error. */
export class ProcessExecutionError extends CommandError {
  override readonly name = 'ProcessExecutionError';
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;

  constructor(
    failure: CommandFailure & {
      readonly exitCode: number | null;
      readonly signal: string | null;
      readonly stdout: string;
      readonly stderr: string;
    },
  ) {
    const end =
      failure.exitCode === null
        ? `was ended by ${failure.signal}`
        : `ended with exit code ${failure.exitCode}`;
    const said = tail(failure.stderr.trim(), 512);
    super('PROCESS_EXECUTION', said === '' ? end : `${end}: ${said}`, failure);
    this.exitCode = failure.exitCode;
    this.signal = failure.signal;
    this.stdout = failure.stdout;
    this.stderr = failure.stderr;
  }
}

/** The program does not exist in PATH, or at the path given. Never retried. Install it. */
export class ProgramNotFoundError extends CommandError {
  override readonly name = 'ProgramNotFoundError';

  constructor(failure: CommandFailure) {
    super('PROGRAM_NOT_FOUND', 'was not found; is the package that contains it installed?', failure);
  }
}

/** The kernel would not start the program (no permission, argument list too long, no memory, bad working directory). */
export class NotStartedError extends CommandError {
  override readonly name = 'NotStartedError';
  /** The errno name, e.g. EACCES. */
  readonly errno: string;

  constructor(errno: string, failure: CommandFailure) {
    super('NOT_STARTED', `could not be started: ${errno}`, failure);
    this.errno = errno;
  }
}

/** The command ran past its deadline and its process group was killed. What it did until then is unknown. */
export class DeadlineError extends CommandError {
  override readonly name = 'DeadlineError';
  /** The deadline in ms. */
  readonly deadlineMs: number;
  /** True when something of it outlived SIGKILL (uninterruptible sleep) or had left its process group. */
  readonly leftRunning: boolean;

  constructor(deadlineMs: number, leftRunning: boolean, failure: CommandFailure) {
    super('DEADLINE', `did not end within ${deadlineMs} ms and was killed${survivors(leftRunning)}`, failure);
    this.deadlineMs = deadlineMs;
    this.leftRunning = leftRunning;
  }
}

/** The caller's signal was aborted; the process group was killed. What the command did until then is unknown. */
export class AbortedError extends CommandError {
  override readonly name = 'AbortedError';
  /** True when something of it outlived SIGKILL or had left its process group. */
  readonly leftRunning: boolean;

  constructor(leftRunning: boolean, failure: CommandFailure, options?: ErrorOptions) {
    super('ABORTED', `was aborted${survivors(leftRunning)}`, failure, options);
    this.leftRunning = leftRunning;
  }
}

/** The command printed more than `maxBuffer` characters and was killed. */
export class OutputLimitError extends CommandError {
  override readonly name = 'OutputLimitError';

  constructor(maxBuffer: number, failure: CommandFailure) {
    super('OUTPUT_LIMIT', `printed more than ${maxBuffer} characters and was killed`, failure);
  }
}

/** A secret was about to become readable in /proc. Hand it over by `input` or `withSecretFile`. */
export class SecretInArgvError extends HostExecError {
  override readonly name = 'SecretInArgvError';

  constructor(program: string, where: string) {
    super('SECRET_IN_ARGV', `${where} of ${program} is a secret; pass it on stdin or in a 0600 file`);
  }
}

/** An argument or option is one that no command can be run with. */
export class InvalidArgumentError extends HostExecError {
  override readonly name = 'InvalidArgumentError';

  constructor(message: string) {
    super('INVALID_ARGUMENT', message);
  }
}

function survivors(leftRunning: boolean): string {
  return leftRunning ? ', but a process of it is still there' : '';
}
