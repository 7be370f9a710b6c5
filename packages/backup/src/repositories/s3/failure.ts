import { BackupError, type BackupErrorCode } from '../../errors.ts';

/** What an error of a request means. */
export interface Failure {
  readonly code: BackupErrorCode;
  /** Whether the same request may succeed a moment later. */
  readonly repeatable: boolean;
  /** For people, without anything that was signed or signs. */
  readonly reason: string;
}

/** Thrown inside an attempt whose answer cannot be believed; the next may be better. */
export class DamagedTransfer extends Error {
  override readonly name = 'DamagedTransfer';
  /** What it means when it stays so. */
  readonly code: BackupErrorCode;

  constructor(code: 'CORRUPT' | 'REPOSITORY_UNAVAILABLE', message: string) {
    super(message);
    this.code = code;
  }
}

/** Names of S3 errors, whatever status they come with. */
const byName: Readonly<Record<string, { readonly code: BackupErrorCode; readonly repeatable: boolean }>> = {
  NoSuchKey: { code: 'OBJECT_MISSING', repeatable: false },
  NotFound: { code: 'OBJECT_MISSING', repeatable: false },
  NoSuchBucket: { code: 'REPOSITORY_REFUSED', repeatable: false },
  InvalidRange: { code: 'CORRUPT', repeatable: false },
  // Replaced while it was read.
  PreconditionFailed: { code: 'REPOSITORY_UNAVAILABLE', repeatable: false },
  // The content was damaged on its way, and the server saw it.
  BadDigest: { code: 'REPOSITORY_UNAVAILABLE', repeatable: true },
  XAmzContentSHA256Mismatch: { code: 'REPOSITORY_UNAVAILABLE', repeatable: true },
  IncompleteBody: { code: 'REPOSITORY_UNAVAILABLE', repeatable: true },
  RequestTimeout: { code: 'REPOSITORY_UNAVAILABLE', repeatable: true },
  SlowDown: { code: 'REPOSITORY_UNAVAILABLE', repeatable: true },
  OperationAborted: { code: 'REPOSITORY_UNAVAILABLE', repeatable: true },
  // Swift's quota middleware and others answer so when nothing more fits.
  EntityTooLarge: { code: 'REPOSITORY_FULL', repeatable: false },
  QuotaExceeded: { code: 'REPOSITORY_FULL', repeatable: false },
  InsufficientStorage: { code: 'REPOSITORY_FULL', repeatable: false },
  XMinioStorageFull: { code: 'REPOSITORY_FULL', repeatable: false },
};

/** Names from Node: the server's certificate is not one that this host trusts. */
const untrusted =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|ERR_TLS_CERT_|HOSTNAME_MISMATCH)/;

/** Codes from Node that say that a connection failed. */
const network = /^(E[A-Z0-9]+|HPE_\w+|ERR_(SSL|TLS|HTTP|STREAM)\w*)$/;

/**
 * Tells the errors of the SDK, of the server behind it, and of the network apart. Undefined: none of them, but a fault of this program,
 * which nobody shall take for a server that is away.
 */
export function classify(error: unknown): Failure | undefined {
  if (error instanceof BackupError) return { code: error.code, repeatable: false, reason: error.message };
  if (error instanceof DamagedTransfer) return { code: error.code, repeatable: true, reason: error.message };
  const { name, message, status, errno } = describe(error);
  const reason = [status === undefined ? '' : String(status), name, message].filter(Boolean).join(' ');
  const known = byName[name];
  if (known !== undefined) return { ...known, reason };
  if (status === undefined) {
    if (errno !== undefined && untrusted.test(errno))
      return { code: 'REPOSITORY_REFUSED', repeatable: false, reason: `untrusted certificate: ${errno}` };
    const expected =
      (errno !== undefined && network.test(errno)) || /^(Timeout|Abort)Error$/.test(name) || answered(error);
    return expected
      ? { code: 'REPOSITORY_UNAVAILABLE', repeatable: true, reason: errno ?? reason }
      : undefined;
  }
  if (status === 507 || status === 413) return { code: 'REPOSITORY_FULL', repeatable: false, reason };
  if (status === 404) return { code: 'OBJECT_MISSING', repeatable: false, reason };
  // 2xx: an answer that is not S3's, or was cut.
  if (status >= 500 || status === 429 || status === 408 || status < 300)
    return { code: 'REPOSITORY_UNAVAILABLE', repeatable: status !== 501, reason };
  return { code: 'REPOSITORY_REFUSED', repeatable: false, reason };
}

function describe(error: unknown): {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
  readonly errno: string | undefined;
} {
  if (!(error instanceof Error))
    return { name: '', message: clean(String(error)), status: undefined, errno: undefined };
  const metadata = '$metadata' in error ? error.$metadata : undefined;
  const status =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? Number(metadata.httpStatusCode)
      : undefined;
  const errno =
    'code' in error && typeof error.code === 'string' && status === undefined ? error.code : undefined;
  return { name: clean(error.name), message: clean(error.message), status, errno };
}

/** Whether the SDK failed to make sense of an answer. */
function answered(error: unknown): boolean {
  return typeof error === 'object' && error !== null && '$response' in error;
}

/** A server's words are data: bounded, and nothing that a terminal would obey. */
function clean(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 200);
}
