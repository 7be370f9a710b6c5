import { BackupError } from '../errors.ts';
import { REPOSITORY_OBJECT, VOLUMES } from '../format/names.ts';
import {
  newRepositoryObject,
  type RepositoryInfo,
  readRepositoryObject,
} from '../format/repositoryObject.ts';
import type { RepositoryKeys } from '../keys/subkeys.ts';
import type { BackupRepository } from '../repositories/repository.ts';

/**
 * Opens a repository, and makes an empty place one unless a certain one is expected.
 *
 * @param repositoryId what it has to be; null: any
 * @throws BackupError REPOSITORY_UNAVAILABLE when it is not the expected one; WRONG_KEY, FORMAT_UNKNOWN, CORRUPT, OBJECT_MISSING
 */
export async function openRepository(
  repository: BackupRepository,
  wanted: {
    readonly key: Uint8Array | null;
    readonly repositoryId: string | null;
    readonly blockSize: number;
  },
  signal: AbortSignal | undefined,
): Promise<{ readonly info: RepositoryInfo; readonly keys: RepositoryKeys }> {
  await repository.open(signal);
  if ((await repository.size(REPOSITORY_OBJECT, signal)) === null)
    await initialize(repository, wanted, signal);
  const content = await repository.get(REPOSITORY_OBJECT, undefined, signal);
  const opened = readRepositoryObject(content, wanted.key, repository.description);
  const { repositoryId } = opened.info;
  if (wanted.repositoryId !== null && wanted.repositoryId !== repositoryId) {
    throw new BackupError(
      'REPOSITORY_UNAVAILABLE',
      `${repository.description} is repository ${repositoryId}, not ${wanted.repositoryId}`,
      { object: REPOSITORY_OBJECT },
    );
  }
  return opened;
}

async function initialize(
  repository: BackupRepository,
  wanted: {
    readonly key: Uint8Array | null;
    readonly repositoryId: string | null;
    readonly blockSize: number;
  },
  signal: AbortSignal | undefined,
): Promise<void> {
  if (wanted.repositoryId !== null) {
    throw new BackupError(
      'REPOSITORY_UNAVAILABLE',
      `${repository.description} holds no repository, and ${wanted.repositoryId} was there before: is it mounted?`,
      { object: REPOSITORY_OBJECT },
    );
  }
  for await (const { name } of repository.list(VOLUMES, signal)) {
    throw new BackupError(
      'OBJECT_MISSING',
      `${repository.description} has ${name}, but ${REPOSITORY_OBJECT} is not there`,
      { object: REPOSITORY_OBJECT },
    );
  }
  await repository.put(REPOSITORY_OBJECT, newRepositoryObject(wanted.blockSize, wanted.key), signal);
}
