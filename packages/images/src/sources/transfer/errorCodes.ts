import type { ImageErrorCode } from '../../errors.ts';

/** Codes that cross a process boundary, for parsing. */
export const imageErrorCodes = [
  'IMAGE_NOT_FOUND',
  'IMAGE_NOT_ACTIVE',
  'SOURCE_REFUSED',
  'SOURCE_UNAVAILABLE',
  'IMAGE_TOO_LARGE',
  'CHECKSUM_MISMATCH',
  'NO_SPACE',
  'CANCELLED',
] as const satisfies readonly ImageErrorCode[];
