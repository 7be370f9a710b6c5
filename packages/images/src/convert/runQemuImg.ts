import { AbortedError, CommandError, DeadlineError, ProcessExecutionError, run } from '@scoria/host-exec';
import { ImageError } from '../errors.ts';
import type { ImageLimits } from '../limits.ts';
import type { Place, Sandbox } from '../sandbox/sandbox.ts';
import { watchProgress } from './progress.ts';

/** One run of qemu-img. */
export interface QemuImgJob {
  readonly args: (paths: Readonly<Record<string, string>>) => readonly string[];
  readonly places: Readonly<Record<string, Place>>;
  /** Bytes of the disk, for the limits. */
  readonly diskBytes: number;
  /** Size that no file may grow past. */
  readonly fileBytes: number;
  readonly description: string;
  readonly signal: AbortSignal;
  /** From 0 to 1. */
  readonly onShare?: (share: number) => void;
}

/** Programs and what they may use. */
export interface Conversion {
  readonly sandbox: Sandbox;
  readonly limits: ImageLimits;
}

/** Time to end by SIGTERM: a bubblewrap takes all of its inside with it. */
const GRACE_MS = 50;
/** How prlimit(1) tells that there is no such program; a program that has no memory to be loaded ends with the same code. */
const NOT_FOUND = { exitCode: 127, text: 'failed to execute' };
/** strerror(ENOSPC). */
const FULL = 'No space left on device';

/**
 * Runs qemu-img in the sandbox, under limits. That it ended well is for the caller to find out.
 *
 * @throws ImageError CONVERSION_FAILED, NO_SPACE, TOOL_MISSING, CANCELLED
 */
export async function runQemuImg(job: QemuImgJob, { sandbox, limits }: Conversion): Promise<void> {
  const command = await sandbox.confine({
    program: 'qemu-img',
    args: job.args,
    places: job.places,
    limits: {
      cpuSeconds: limits.conversionSeconds + Math.ceil(job.diskBytes / limits.bytesPerCpuSecond),
      addressSpaceBytes: limits.conversionAddressSpaceBytes,
      fileBytes: job.fileBytes,
    },
  });
  try {
    await run(command.program, command.args, {
      fds: command.fds,
      signal: job.signal,
      deadlineMs: limits.conversionDeadlineMs,
      killGraceMs: GRACE_MS,
      description: job.description,
      ...(job.onShare === undefined ? {} : { onStdout: watchProgress(job.onShare) }),
    });
  } catch (error) {
    throw failure(error, job.description);
  }
}

function failure(error: unknown, description: string): unknown {
  if (error instanceof AbortedError) return new ImageError('CANCELLED', 'cancelled', { cause: error });
  if (error instanceof DeadlineError)
    return new ImageError('CONVERSION_FAILED', `cannot ${description}: it took too long`, { cause: error });
  if (error instanceof ProcessExecutionError && !isMissing(error)) {
    const code = error.stderr.includes(FULL) ? 'NO_SPACE' : 'CONVERSION_FAILED';
    return new ImageError(code, `cannot ${description}: ${said(error)}`, { cause: error });
  }
  if (error instanceof CommandError) return new ImageError('TOOL_MISSING', error.message, { cause: error });
  return error;
}

function isMissing({ exitCode, stderr }: ProcessExecutionError): boolean {
  return exitCode === NOT_FOUND.exitCode && stderr.includes(NOT_FOUND.text);
}

function said({ exitCode, signal, stderr }: ProcessExecutionError): string {
  const end = exitCode === null ? `ended by ${signal}` : `exit code ${exitCode}`;
  const text = stderr.trim().split('\n').at(-1) ?? '';
  return text === '' ? end : `${end}, ${text.slice(0, 300)}`;
}
