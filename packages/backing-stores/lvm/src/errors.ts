import { ContractError, type ErrorCode, isContractError } from '@scoria/driver-sdk';
import { CommandError, type HostExecErrorCode, ProcessExecutionError } from '@scoria/host-exec';

/** What LVM's messages mean to the caller (lvm2 2.03); it ends with 5 for nearly all of them. The others are COMMAND_FAILED. */
const meanings: readonly (readonly [RegExp, ErrorCode])[] = [
  [/Volume group ".*" not found|Cannot process volume group/, 'BACKEND_UNAVAILABLE'],
  [/Volume too large|Cannot create .* larger|exceeds maximum/i, 'SIZE_UNSUPPORTED'],
  [
    /insufficient free space|insufficient suitable|not enough (free )?space|No space left|Free space in pool .* is above threshold|out of (data|metadata) space|exhausted/i,
    'NO_SPACE',
  ],
  [
    /is used by another device|contains a filesystem in use|\bin use\b|is open|Device or resource busy/i,
    'VOLUME_IS_BUSY',
  ],
];

const commandMeanings: Partial<Record<HostExecErrorCode, ErrorCode>> = {
  PROGRAM_NOT_FOUND: 'TOOL_MISSING',
  NOT_STARTED: 'TOOL_MISSING',
  DEADLINE: 'DEADLINE_EXCEEDED',
  ABORTED: 'CANCELLED',
};

/** The contract's code for what a command said. */
export function codeOf(error: CommandError): ErrorCode {
  if (!(error instanceof ProcessExecutionError)) return commandMeanings[error.code] ?? 'COMMAND_FAILED';
  return meanings.find(([text]) => text.test(error.stderr))?.[1] ?? 'COMMAND_FAILED';
}

/** The contract's error for whatever was thrown while doing `what`. */
export function toContractError(error: unknown, what: string): ContractError {
  if (isContractError(error)) return error;
  if (error instanceof CommandError) {
    return new ContractError(codeOf(error), `${what}: ${error.message}`, {
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
  const reason = error instanceof Error ? error.message : String(error);
  return new ContractError('INTERNAL', `${what}: ${reason}`, { cause: error });
}
