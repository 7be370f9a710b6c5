/** Why an iSCSI exchange failed. */
export type IscsiErrorCode =
  | 'CONNECT'
  | 'AUTHENTICATION'
  | 'TARGET_NOT_FOUND'
  | 'FORBIDDEN'
  | 'LOGIN'
  | 'PROTOCOL'
  | 'CLOSED'
  | 'SCSI'
  | 'STOPPED';

/**
 * An iSCSI exchange failed. `code` says how:
 *
 * - `CONNECT`: nothing answers at the portal;
 * - `AUTHENTICATION`: login status 0x0201, the credentials are missing or wrong (RFC 7143 §11.13.5);
 * - `FORBIDDEN`: 0x0202, this initiator may not use the target;
 * - `TARGET_NOT_FOUND`: 0x0203, no such target, or not for this initiator;
 * - `LOGIN`: any other refusal, `status` says which;
 * - `PROTOCOL`: the target said something that RFC 7143 does not allow here;
 * - `CLOSED`: the target closed the connection;
 * - `SCSI`: a command ended with a status other than GOOD;
 * - `STOPPED`: the caller's signal was aborted.
 */
export class IscsiError extends Error {
  override readonly name = 'IscsiError';
  readonly code: IscsiErrorCode;
  /** Login status, class in the high byte; null when there was none. */
  readonly status: number | null;

  constructor(
    code: IscsiErrorCode,
    message: string,
    options: { readonly status?: number; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = options.status ?? null;
  }
}

/** The error for a login status other than success (RFC 7143 §11.13.5). */
export function loginRefused(status: number, target: string): IscsiError {
  const hex = `0x${status.toString(16).padStart(4, '0')}`;
  switch (status) {
    case 0x0201:
      return new IscsiError(
        'AUTHENTICATION',
        `target ${target} refused the login: authentication failed (${hex})`,
        { status },
      );
    case 0x0202:
      return new IscsiError('FORBIDDEN', `target ${target} does not allow this initiator (${hex})`, {
        status,
      });
    case 0x0203:
      return new IscsiError(
        'TARGET_NOT_FOUND',
        `the portal knows no target ${target} for this initiator (${hex})`,
        { status },
      );
    default:
      return new IscsiError('LOGIN', `target ${target} refused the login (${hex})`, { status });
  }
}
