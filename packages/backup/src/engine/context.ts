import type { DataMover } from '@scoria/data-mover';
import { BackupError } from '../errors.ts';
import { REPOSITORY_OBJECT } from '../format/names.ts';
import { type RepositoryInfo, readRepositoryObject } from '../format/repositoryObject.ts';
import type { RepositoryKeys } from '../keys/subkeys.ts';
import type { BackupRepository } from '../repositories/repository.ts';

/** What every verb of a store works with, once the repository is open. */
export interface BackupContext {
  readonly repository: BackupRepository;
  readonly mover: DataMover;
  readonly info: RepositoryInfo;
  readonly keys: RepositoryKeys;
  /** Directory for files that live as long as one run. */
  readonly spoolDirectory: string;
  /** Tasks in the pool at once. */
  readonly parallelism: number;
  /** A pack is closed when it has as many bytes. */
  readonly packBytes: number;
  /** Of zstd. */
  readonly compressionLevel: number;
  /** Whether a restore reads back what it wrote. */
  readonly readBack: boolean;
}

/**
 * Proves that the place still is the repository it was when it was opened: an unmounted disk leaves an empty directory that would
 * take a backup gladly and know of no other.
 *
 * @throws BackupError REPOSITORY_UNAVAILABLE
 */
export async function proveRepository(
  { repository, info }: Pick<BackupContext, 'repository' | 'info'>,
  key: Uint8Array | null,
  signal: AbortSignal | undefined,
): Promise<void> {
  const gone = (why: string, cause?: unknown): BackupError =>
    new BackupError('REPOSITORY_UNAVAILABLE', `${repository.description} ${why}: is it mounted?`, {
      object: REPOSITORY_OBJECT,
      cause,
    });
  let content: Uint8Array;
  try {
    content = await repository.get(REPOSITORY_OBJECT, undefined, signal);
  } catch (error) {
    if (error instanceof BackupError && error.code === 'OBJECT_MISSING')
      throw gone('is no repository any more', error);
    throw error;
  }
  const now = readRepositoryObject(content, key, repository.description);
  if (now.info.repositoryId !== info.repositoryId) throw gone('is another repository now');
}
