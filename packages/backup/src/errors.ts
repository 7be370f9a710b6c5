/** Stable codes of the errors of this package. */
export type BackupErrorCode =
  /** No backup of that id. */
  | 'BACKUP_NOT_FOUND'
  /** An object that a backup needs is not there. */
  | 'OBJECT_MISSING'
  /** Bytes are not those that were stored: a flipped bit, a truncated object. `object` names it. */
  | 'CORRUPT'
  /** A manifest that is not the one of this backup, or whose signature is not of this key. */
  | 'MANIFEST_FORGED'
  /** Written by a version of the format that this one does not read. */
  | 'FORMAT_UNKNOWN'
  /** The key is not the one that the backup was made with, or there is none. */
  | 'WRONG_KEY'
  /** The parent cannot be added to: it is not there, of another volume, of another block size, or larger. */
  | 'PARENT_UNUSABLE'
  /** The destination is smaller than the backup. Nothing was written. */
  | 'DESTINATION_TOO_SMALL'
  | 'REPOSITORY_UNAVAILABLE'
  | 'REPOSITORY_FULL'
  | 'REPOSITORY_REFUSED'
  /** The volume's own device failed; the cause is the data mover's error. */
  | 'DEVICE_FAILED'
  | 'CANCELLED';

/** A backup that could not be made, read or removed; tell the reasons apart by `code`. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly code: BackupErrorCode;
  /** Name of the repository's object it is about. */
  readonly object: string | null;

  constructor(
    code: BackupErrorCode,
    message: string,
    options: ErrorOptions & { readonly object?: string } = {},
  ) {
    super(message, options);
    this.code = code;
    this.object = options.object ?? null;
  }
}
