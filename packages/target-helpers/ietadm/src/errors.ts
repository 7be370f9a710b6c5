import { ContractError, type ErrorCode, isContractError } from '@scoria/driver-sdk';

/** What ietadm's exit code says: it ends with 256 minus the errno, and no words. */
export type IetErrorCode =
  /** EINVAL, 234: a name that exists (ietd), or parameters that it does not take. */
  | 'INVALID'
  /** EEXIST, 239: a target id or LUN that exists, a connection that does not. */
  | 'EXISTS'
  /** ENOENT, 254: no such target, LUN, account, session, backing file. */
  | 'ABSENT'
  /** EBUSY, 240: a target with sessions. */
  | 'BUSY'
  /** 255: ietd does not answer. */
  | 'DAEMON_NOT_RUNNING'
  | 'REFUSED';

const codes: Readonly<Record<number, IetErrorCode>> = {
  234: 'INVALID',
  239: 'EXISTS',
  240: 'BUSY',
  254: 'ABSENT',
  255: 'DAEMON_NOT_RUNNING',
};

/** A request that ietadm refused. Its arguments are never part of it: they may hold a password. */
export class IetError extends Error {
  override readonly name = 'IetError';
  readonly code: IetErrorCode;
  readonly exitCode: number | null;

  constructor(action: string, exitCode: number | null) {
    const code = codes[exitCode ?? -1] ?? 'REFUSED';
    super(
      code === 'DAEMON_NOT_RUNNING'
        ? `${action}: ietd does not answer: is it running, and may this process speak to it?`
        : `${action}: ietadm ended with exit code ${exitCode} (${code})`,
    );
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** Whether it is an error of ietadm, of one of these codes when some are given. */
export function isIetError(error: unknown, ...of: readonly IetErrorCode[]): error is IetError {
  return error instanceof IetError && (of.length === 0 || of.includes(error.code));
}

/** Runs a request whose refusal with one of `codes` means that there was nothing to do. @returns whether there was something */
export async function tolerating(
  codes_: readonly IetErrorCode[],
  request: () => Promise<void>,
): Promise<boolean> {
  try {
    await request();
    return true;
  } catch (error) {
    if (isIetError(error, ...codes_)) return false;
    throw error;
  }
}

/** The contract's error for whatever was thrown; `otherwise` when IET merely refused. */
export function toContractError(error: unknown, otherwise: ErrorCode, what: string): ContractError {
  if (isContractError(error)) return error;
  const isGone = isIetError(error, 'DAEMON_NOT_RUNNING');
  return new ContractError(
    isGone ? 'BACKEND_UNAVAILABLE' : otherwise,
    `${what}: ${error instanceof Error ? error.message : String(error)}`,
    {
      cause: error,
      details: isIetError(error) ? { exitCode: String(error.exitCode) } : {},
    },
  );
}
