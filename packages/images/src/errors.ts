/** Stable codes of the errors of this package. */
export type ImageErrorCode =
  /** No such image, or not for this caller. */
  | 'IMAGE_NOT_FOUND'
  /** The image has no bytes to read yet, or not any more. */
  | 'IMAGE_NOT_ACTIVE'
  /** The source says that the caller may not. */
  | 'SOURCE_REFUSED'
  /** The source does not answer, or answers with an error of its own. Repeating may help. */
  | 'SOURCE_UNAVAILABLE'
  /** The source cannot store images. */
  | 'SOURCE_READ_ONLY'
  /** The image breaks a rule of the inspector; `rule` names it. Nothing was written. */
  | 'UNSAFE_IMAGE'
  /** The image is of a format that is not supported, or not of the one it is declared to be. Nothing was written. */
  | 'FORMAT_NOT_SUPPORTED'
  /** The disk in the image is larger than the volume. Nothing was written. */
  | 'IMAGE_TOO_LARGE'
  /** The bytes that came are not those that the source describes. The destination is dirty. */
  | 'CHECKSUM_MISMATCH'
  /** The image ended early, or could not be converted. The destination is dirty. */
  | 'CONVERSION_FAILED'
  /** The conversion directory is full. */
  | 'NO_SPACE'
  /** A program that is needed is not installed. */
  | 'TOOL_MISSING'
  /** The caller cancelled. The destination is dirty. */
  | 'CANCELLED';

/** An image that could not be read or written; tell the reasons apart by `code`. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
  readonly code: ImageErrorCode;
  /** Name of the inspector's rule, e.g. `qcow2.backing-file`; null for other codes. */
  readonly rule: string | null;

  constructor(
    code: ImageErrorCode,
    message: string,
    options: ErrorOptions & { readonly rule?: string } = {},
  ) {
    super(message, options);
    this.code = code;
    this.rule = options.rule ?? null;
  }
}
