/** tgtd's own error numbers (targets.md §1.1b), each with our stable code and what it means. */
const table = {
  1: ['UNKNOWN', 'unknown error'],
  2: ['NO_MEMORY', 'out of memory'],
  3: ['NO_DRIVER', 'no such transport driver, or it is not ready'],
  4: ['NO_TARGET', 'no such target'],
  5: ['NO_LUN', 'no such logical unit'],
  6: ['NO_SESSION', 'no such session'],
  7: ['NO_CONNECTION', 'no such connection'],
  8: ['NO_BINDING', 'no such binding'],
  9: ['TARGET_EXISTS', 'a target with that id or name exists'],
  10: ['LUN_EXISTS', 'a logical unit with that number exists'],
  11: ['BINDING_EXISTS', 'the binding exists'],
  12: ['ACL_EXISTS', 'the access rule exists'],
  13: ['NO_ACL', 'no such access rule'],
  14: ['ACCOUNT_EXISTS', 'the account exists, or is bound already'],
  15: ['NO_ACCOUNT', 'no such account, or it is not bound'],
  16: ['TOO_MANY_ACCOUNTS', 'too many accounts'],
  17: ['INVALID_REQUEST', 'invalid request (also: the backing file cannot be opened)'],
  18: ['OUTGOING_ACCOUNT_EXISTS', 'the target has an outgoing account already'],
  19: ['TARGET_ACTIVE', 'the target is still active: it has a session'],
  20: ['LUN_ACTIVE', 'the logical unit is still active: it has commands under way'],
  21: ['DRIVER_ACTIVE', 'the transport driver is still active: it has targets'],
  22: ['UNSUPPORTED', 'unsupported operation'],
  23: ['UNKNOWN_PARAMETER', 'unknown parameter'],
  24: ['REMOVAL_PREVENTED', 'an initiator prevents the removal of the medium'],
} as const;

type TableCode = (typeof table)[keyof typeof table][0];

/** Errors of the conversation itself, before tgtd could judge the request or while it answered. */
type ConversationCode =
  /** Nothing listens on the control socket. The request had no effect. */
  | 'DAEMON_NOT_RUNNING'
  /** tgtd's queue of connections is full. The request had no effect. */
  | 'DAEMON_BUSY'
  /** The control socket may not be opened. The request had no effect. */
  | 'DAEMON_FORBIDDEN'
  /** tgtd closed the connection without an answer: it died, or this process is not of its uid and gid. Outcome unknown. */
  | 'DAEMON_CLOSED'
  /** No answer before the deadline. Outcome unknown. */
  | 'DEADLINE'
  /** The caller gave up. Outcome unknown. */
  | 'CANCELLED'
  /** The answer is not of this protocol. */
  | 'MALFORMED_REPLY'
  /** A parameter cannot be said in this protocol. Nothing was sent. */
  | 'MALFORMED_PARAMETER'
  /** The `tgtadm` program cannot be used for this. Nothing was run. */
  | 'PROGRAM_UNUSABLE';

/** Stable code of a {@link TgtError}. */
export type TgtErrorCode = TableCode | ConversationCode;

/** What tgtd answered, or why it did not. Never holds a parameter's value. */
export class TgtError extends Error {
  override readonly name = 'TgtError';
  readonly code: TgtErrorCode;
  /** tgtd's number, when tgtd answered. */
  readonly number: number | null;

  constructor(code: TgtErrorCode, message: string, options: { number?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.number = options.number ?? null;
  }
}

const byNumber = new Map<number, readonly [TableCode, string]>(
  Object.entries(table).map(([number, entry]) => [Number(number), entry]),
);

/** All numbers that tgtd may answer with, success apart. */
export const tgtErrorNumbers: readonly number[] = [...byNumber.keys()];

/** The error that a non-zero number of a reply stands for; an unlisted number is `UNKNOWN`. */
export function errorFromNumber(number: number, action: string): TgtError {
  const [code, text] =
    byNumber.get(number) ?? (['UNKNOWN', `error number ${number}, which is not listed`] as const);
  return new TgtError(code, `tgtd refused to ${action}: ${text}`, { number });
}

/** Whether `error` is a {@link TgtError} with one of the codes. */
export function isTgtError(error: unknown, ...codes: readonly TgtErrorCode[]): error is TgtError {
  return error instanceof TgtError && (codes.length === 0 || codes.includes(error.code));
}
