import { availableParallelism } from 'node:os';
import type { DataMover } from '@scoria/data-mover';
import type { BackupStore } from './backupStore.ts';
import { type BackupContext, proveRepository } from './engine/context.ts';
import { createBackup } from './engine/createBackup.ts';
import { loadManifest } from './engine/manifests.ts';
import { openRepository } from './engine/openRepository.ts';
import { removeBackup } from './engine/removeBackup.ts';
import { restoreBackup } from './engine/restoreBackup.ts';
import { clearStaleSpools } from './engine/spool.ts';
import { verifyBackups } from './engine/verifyBackups.ts';
import { BackupError } from './errors.ts';
import { describeManifest } from './format/manifest.ts';
import { BLOCK_SIZES } from './format/repositoryObject.ts';
import type { BackupRepository } from './repositories/repository.ts';

const PACK_BYTES = 32 * 1024 * 1024;

/** What a {@link BackupStore} is made of. */
export interface BackupStoreOptions {
  readonly repository: BackupRepository;
  /** Running. It is not closed with the store. */
  readonly mover: DataMover;
  /** 32 bytes (see `loadBackupKey`); null: backups are not encrypted. */
  readonly key: Uint8Array | null;
  /** Directory for packs that are not in the repository yet, or are copied from it: some hundred MiB. Not used where the repository has its own. */
  readonly spoolDirectory: string;
  /**
   * The id that the repository has to show (`BackupStore.repositoryId` of an earlier run); null: whichever it has, and an empty place
   * becomes a repository. Whoever remembers it is told when a disk is not mounted.
   */
  readonly repositoryId?: string | null;
  /** Block size in bytes of a repository that is made; a power of two from 64 KiB to 1 MiB. Default 256 KiB. */
  readonly blockSize?: number;
  /** Tasks in the pool at once. Default: one per CPU, at least 2. */
  readonly parallelism?: number;
  /** A pack is closed when it has as many bytes; it may become longer by what one task appends. Default 32 MiB: good for one upload, and few objects for large volumes. */
  readonly packBytes?: number;
  /** Of zstd. Default 1. */
  readonly compressionLevel?: number;
  /** Whether a restore reads back all that it wrote. Default true. */
  readonly readBack?: boolean;
}

/** Backups in a repository. `open` first. */
export function createBackupStore(options: BackupStoreOptions): BackupStore {
  const { key, mover, repository } = options;
  let context: BackupContext | undefined;
  const opened = async (signal: AbortSignal | undefined): Promise<BackupContext> => {
    if (context === undefined)
      throw new BackupError('REPOSITORY_UNAVAILABLE', `${repository.description} is not open`);
    await proveRepository(context, key, signal);
    return context;
  };
  return {
    get repositoryId() {
      return context?.info.repositoryId ?? null;
    },
    async open(signal) {
      const { info, keys } = await openRepository(
        repository,
        {
          key,
          repositoryId: options.repositoryId ?? null,
          blockSize: options.blockSize ?? BLOCK_SIZES.preset,
        },
        signal,
      );
      const spoolDirectory = repository.spoolDirectory ?? options.spoolDirectory;
      await clearStaleSpools(spoolDirectory);
      context = {
        repository,
        mover,
        info,
        keys,
        spoolDirectory,
        parallelism: options.parallelism ?? Math.max(2, availableParallelism()),
        packBytes: options.packBytes ?? PACK_BYTES,
        compressionLevel: options.compressionLevel ?? 1,
        readBack: options.readBack ?? true,
      };
    },
    create: async (request, run = {}) => await createBackup(await opened(run.signal), request, run),
    restore: async (request, run = {}) => await restoreBackup(await opened(run.signal), request, run),
    remove: async (request, signal) => await removeBackup(await opened(signal), request, signal),
    async describe(request, signal) {
      const ready = await opened(signal);
      return describeManifest(await loadManifest(ready, request, signal), ready.info.encrypted);
    },
    verify: async (selection, run = {}) => await verifyBackups(await opened(run.signal), selection, run),
    async close() {
      context = undefined;
      await repository.close();
    },
  };
}
