import { mkdir } from 'node:fs/promises';
import { type BackupStore, createBackupRepository, createBackupStore, loadBackupKey } from '@scoria/backup';
import type { DataMover } from '@scoria/data-mover';
import { OnDemandStore } from './backups/onDemandStore.ts';
import type { BackupConfig } from './config/index.ts';
import type { State } from './state/index.ts';

/**
 * The repository that the configuration names; null when it names none. It is opened when it is needed first.
 *
 * @throws BackupError WRONG_KEY when the key cannot be read
 */
export async function composeBackups(
  config: BackupConfig | null,
  { mover, state }: { readonly mover: DataMover; readonly state: State },
): Promise<BackupStore | null> {
  if (config === null) return null;
  const key = config.keyFile === null ? null : await loadBackupKey(config.keyFile);
  await mkdir(config.spoolDirectory, { recursive: true, mode: 0o700 });
  const repository = createBackupRepository(config.repository);
  const place = repository.description;
  return new OnDemandStore({
    make: (repositoryId) =>
      createBackupStore({
        repository,
        mover,
        key,
        repositoryId,
        spoolDirectory: config.spoolDirectory,
        compressionLevel: config.compressionLevel,
        blockSize: config.blockSize,
        readBack: config.readBack,
      }),
    recall: () => state.backups.repositoryAt(place),
    remember: (repositoryId) => state.backups.rememberRepository(place, repositoryId),
  });
}
