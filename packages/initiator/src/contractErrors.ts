import { ContractError, type ErrorCode, isContractError, withSecondary } from '@scoria/core/contract';
import { CommandError } from '@scoria/host-exec';
import { IscsiError } from './iscsi/errors.ts';

const commandCodes: Readonly<Record<string, ErrorCode>> = {
  PROGRAM_NOT_FOUND: 'TOOL_MISSING',
  NOT_STARTED: 'TOOL_MISSING',
  PROCESS_EXECUTION: 'COMMAND_FAILED',
  DEADLINE: 'DEADLINE_EXCEEDED',
  ABORTED: 'CANCELLED',
};

const iscsiCodes: Readonly<Record<IscsiError['code'], ErrorCode>> = {
  CONNECT: 'BACKEND_UNAVAILABLE',
  CLOSED: 'BACKEND_UNAVAILABLE',
  AUTHENTICATION: 'DEVICE_UNAVAILABLE',
  FORBIDDEN: 'DEVICE_UNAVAILABLE',
  LOGIN: 'DEVICE_UNAVAILABLE',
  PROTOCOL: 'DEVICE_UNAVAILABLE',
  TARGET_NOT_FOUND: 'VOLUME_DEVICE_NOT_FOUND',
  SCSI: 'VOLUME_DEVICE_NOT_FOUND',
  STOPPED: 'DEADLINE_EXCEEDED',
};

/** Anything that was thrown, as an error of the contract; `doing` says what failed. */
export function toContractError(error: unknown, doing: string): ContractError {
  if (isContractError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const message = `${doing}: ${reason}`;
  if (error instanceof IscsiError) {
    return new ContractError(iscsiCodes[error.code], message, {
      details: { iscsi: error.code, ...(error.status !== null && { loginStatus: error.status }) },
      cause: error,
    });
  }
  if (error instanceof CommandError) {
    const transcript = error.transcript.map((record) => ({
      argv: [...record.argv],
      exitCode: record.exitCode,
      durationMs: record.durationMs,
      stderr: record.stderrTail,
    }));
    return new ContractError(commandCodes[error.code] ?? 'INTERNAL', message, { transcript, cause: error });
  }
  return new ContractError('INTERNAL', message, { cause: error });
}

/** Adds what the clean-up after `error` could not remove. */
export function withLeftovers(
  error: ContractError,
  unwound: { readonly errors: readonly unknown[]; readonly leftBehind: readonly string[] },
): ContractError {
  if (unwound.leftBehind.length === 0) return withSecondary(error, unwound.errors);
  const complete = new ContractError(error.code, error.message, {
    details: error.details,
    leftBehind: [...error.leftBehind, ...unwound.leftBehind],
    secondary: [...error.secondary],
    transcript: error.transcript,
    cause: error.cause,
  });
  return withSecondary(complete, unwound.errors);
}
