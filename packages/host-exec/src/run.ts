import { checkEnvironment, commandLine } from './argv.ts';
import { type AttemptOptions, type AttemptResult, attemptCommand } from './attempt.ts';
import { commandEnvironment } from './environment.ts';
import {
  AbortedError,
  type CommandFailure,
  DeadlineError,
  InvalidArgumentError,
  NotStartedError,
  OutputLimitError,
  ProcessExecutionError,
  ProgramNotFoundError,
} from './errors.ts';
import {
  DEFAULT_DEADLINE_MS,
  DEFAULT_KILL_GRACE_MS,
  DEFAULT_MAX_BUFFER,
  type ExitCodes,
  type RunOptions,
  type RunResult,
} from './options.ts';
import { makeRedactor } from './redact.ts';
import { withRetry } from './retry.ts';
import { defaultRootHelper } from './rootHelper.ts';
import { isSecret } from './secret.ts';
import { type CommandRecord, recordCommand } from './transcript.ts';

const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs a program with an argument vector; never through a shell.
 *
 * Each attempt has a deadline and a process group of its own; on deadline or abort the whole group gets SIGTERM, then SIGKILL.
 * The environment is minimal, stdin is empty unless `input` is given. Whether it may be repeated is up to the program.
 *
 * @throws ProcessExecutionError exit code not in `exitCodes`, after all attempts (contract.md §4)
 * @throws ProgramNotFoundError no such program; not retried
 * @throws NotStartedError the kernel refused to start it
 * @throws DeadlineError, AbortedError, OutputLimitError it was killed; its effect is unknown
 * @throws SecretInArgvError, InvalidArgumentError before anything ran
 */
export async function run(
  program: string,
  args: readonly (string | number)[],
  options: RunOptions = {},
): Promise<RunResult> {
  const secrets = [...(options.secrets ?? []), ...(isSecret(options.input) ? [options.input] : [])];
  const redact = makeRedactor(secrets);
  const rootHelper = options.asRoot === true ? (options.rootHelper ?? defaultRootHelper()) : [];
  const command = commandLine(rootHelper, program, args, secrets);
  const input = isSecret(options.input) ? options.input.reveal() : options.input;
  if (input !== undefined && typeof input !== 'string' && !(input instanceof Uint8Array)) {
    throw new InvalidArgumentError('input is neither text, bytes nor a secret');
  }
  const attemptOptions: AttemptOptions = {
    argv: command,
    env: commandEnvironment(checkEnvironment(program, options.env ?? {}, secrets)),
    cwd: options.cwd,
    input,
    deadlineMs: checkMilliseconds('deadlineMs', options.deadlineMs ?? DEFAULT_DEADLINE_MS, 1),
    killGraceMs: checkMilliseconds('killGraceMs', options.killGraceMs ?? DEFAULT_KILL_GRACE_MS, 0),
    maxBuffer: options.maxBuffer ?? DEFAULT_MAX_BUFFER,
    signal: options.signal,
    rootHelper,
    fds: checkDescriptors(options.fds ?? []),
    onStdout: options.onStdout,
  };
  const transcript: CommandRecord[] = [];
  const failure: CommandFailure = {
    cmd: command.map(redact),
    description: redact(options.description ?? ''),
    transcript,
  };
  let rawStderr = '';

  const once = async (): Promise<RunResult> => {
    if (options.signal?.aborted) throw new AbortedError(false, failure, { cause: options.signal.reason });
    const result = await attemptCommand(attemptOptions);
    const allowed = result.outcome === 'ok' && isAllowed(result.exitCode, options.exitCodes ?? 0);
    const outcome = result.outcome === 'ok' && !allowed ? 'exit-code' : result.outcome;
    const record = recordCommand({ ...result, argv: command, outcome }, redact);
    transcript.push(record);
    options.onRecord?.(record);
    if (allowed) {
      const { stdout, stderr, exitCode, signal, durationMs } = result;
      return { stdout, stderr, exitCode, signal, durationMs, transcript };
    }
    rawStderr = result.stderr;
    throw failedWith(result, attemptOptions, failure, {
      exitCode: result.exitCode,
      signal: result.signal,
      stdout: redact(result.stdout),
      stderr: redact(result.stderr),
    });
  };

  try {
    return await withRetry(options.retry, options.signal, once, () => rawStderr);
  } catch (error) {
    // The wait between two attempts ends by the platform's own abort error.
    if (options.signal?.aborted && error instanceof Error && error.name === 'AbortError') {
      throw new AbortedError(false, failure, { cause: options.signal.reason });
    }
    throw error;
  }
}

function failedWith(
  result: AttemptResult,
  options: AttemptOptions,
  failure: CommandFailure,
  output: Pick<ProcessExecutionError, 'exitCode' | 'signal' | 'stdout' | 'stderr'>,
): Error {
  switch (result.outcome) {
    case 'deadline':
      return new DeadlineError(options.deadlineMs, result.leftRunning, failure);
    case 'aborted':
      return new AbortedError(result.leftRunning, failure, { cause: options.signal?.reason });
    case 'output-limit':
      return new OutputLimitError(options.maxBuffer, failure);
    case 'not-started':
      return result.errno === 'ENOENT'
        ? new ProgramNotFoundError(failure)
        : new NotStartedError(result.errno ?? 'unknown reason', failure);
    case 'ok':
      return new ProcessExecutionError({ ...failure, ...output });
  }
}

function isAllowed(exitCode: number | null, allowed: ExitCodes): boolean {
  if (allowed === 'any') return true;
  if (exitCode === null) return false;
  return typeof allowed === 'number' ? exitCode === allowed : allowed.includes(exitCode);
}

function checkDescriptors(fds: readonly number[]): readonly number[] {
  for (const fd of fds) {
    if (!Number.isInteger(fd) || fd < 0) throw new InvalidArgumentError(`${fd} is not a file descriptor`);
  }
  return fds;
}

function checkMilliseconds(name: string, value: number, least: number): number {
  if (!Number.isInteger(value) || value < least || value > MAX_TIMER_MS) {
    throw new InvalidArgumentError(`${name} is ${value}, not an integer from ${least} to ${MAX_TIMER_MS}`);
  }
  return value;
}
