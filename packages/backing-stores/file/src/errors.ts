import { ContractError, type ErrorCode, isContractError } from '@scoria/driver-sdk';
import { CommandError, type HostExecErrorCode } from '@scoria/host-exec';

/** What an errno means to the caller; the others are BACKEND_ERROR. */
const meanings: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'NO_SPACE',
  EDQUOT: 'NO_SPACE',
  EFBIG: 'SIZE_UNSUPPORTED',
  ENAMETOOLONG: 'INVALID_ARGUMENT',
  // Whoever may be absent is looked for first: this is a directory.
  ENOENT: 'BACKEND_UNAVAILABLE',
  EACCES: 'BACKEND_UNAVAILABLE',
  EPERM: 'BACKEND_UNAVAILABLE',
  EROFS: 'BACKEND_UNAVAILABLE',
  ESTALE: 'BACKEND_UNAVAILABLE',
};

const commandMeanings: Partial<Record<HostExecErrorCode, ErrorCode>> = {
  PROGRAM_NOT_FOUND: 'TOOL_MISSING',
  NOT_STARTED: 'TOOL_MISSING',
  DEADLINE: 'DEADLINE_EXCEEDED',
  ABORTED: 'CANCELLED',
};

/** The errno name of an error of node:fs. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : undefined;
}

/** The contract's error for whatever was thrown while doing `what`. */
export function toContractError(error: unknown, what: string): ContractError {
  if (isContractError(error)) return error;
  if (error instanceof CommandError) {
    return new ContractError(commandMeanings[error.code] ?? 'COMMAND_FAILED', `${what}: ${error.message}`, {
      cause: error,
      transcript: error.transcript.map(({ argv, exitCode, durationMs, stdoutTail, stderrTail }) => ({
        argv: [...argv],
        exitCode,
        durationMs,
        stdout: stdoutTail,
        stderr: stderrTail,
      })),
    });
  }
  const errno = errnoOf(error);
  const reason = error instanceof Error ? error.message : String(error);
  const code = errno === undefined ? 'INTERNAL' : (meanings[errno] ?? 'BACKEND_ERROR');
  return new ContractError(code, `${what}: ${reason}`, {
    cause: error,
    ...(errno && { details: { errno } }),
  });
}
