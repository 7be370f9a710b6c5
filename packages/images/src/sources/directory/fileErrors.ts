import { ImageError } from '../../errors.ts';

/** Name of the errno of a failed system call; undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The error for a system call that failed on an image's file. */
export function failedFile(what: string, error: unknown): ImageError {
  if (error instanceof ImageError) return error;
  const errno = errnoOf(error);
  const options = { cause: error };
  switch (errno) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
      return new ImageError('IMAGE_NOT_FOUND', `${what} is not there`, options);
    case 'ELOOP':
      return new ImageError('SOURCE_REFUSED', `${what} is a link, which is not followed`, options);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new ImageError('SOURCE_REFUSED', `${what}: not allowed (${errno})`, options);
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new ImageError('NO_SPACE', `${what}: no space left (${errno})`, options);
    default:
      return new ImageError('SOURCE_UNAVAILABLE', `${what}: ${errno ?? String(error)}`, options);
  }
}
