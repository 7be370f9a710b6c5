import { BackupError } from '../../errors.ts';

/**
 * Does something with a file of this host on the way to or from `object`. Its errors look like those of a connection, and must not be
 * taken for them.
 *
 * @throws BackupError REPOSITORY_FULL, REPOSITORY_UNAVAILABLE
 */
export async function withLocalFile<Result>(
  path: string,
  object: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BackupError || !(error instanceof Error) || !('code' in error)) throw error;
    const full = error.code === 'ENOSPC' || error.code === 'EDQUOT';
    const message = `${object}: the file ${path} on this host: ${error.code}`;
    throw new BackupError(full ? 'REPOSITORY_FULL' : 'REPOSITORY_UNAVAILABLE', message, {
      object,
      cause: error,
    });
  }
}
