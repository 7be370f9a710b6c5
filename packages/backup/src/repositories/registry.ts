import { z } from 'zod';
import { DirectoryRepository } from './directory/directoryRepository.ts';
import { directoryRepositoryOptions } from './directory/options.ts';
import type { BackupRepository } from './repository.ts';
import { s3RepositoryOptions } from './s3/options.ts';
import { S3Repository } from './s3/s3Repository.ts';

/** Where backups are kept: one member per folder beside this file. */
export const backupRepositoryOptionsSchema = z.discriminatedUnion('type', [
  directoryRepositoryOptions.extend({ type: z.literal('directory') }),
  s3RepositoryOptions.safeExtend({ type: z.literal('s3') }),
]);

/** {@link backupRepositoryOptionsSchema}, parsed. */
export type BackupRepositoryOptions = z.infer<typeof backupRepositoryOptionsSchema>;

/** The repository that options name. Nothing is touched before its `open`. */
export function createBackupRepository(options: BackupRepositoryOptions): BackupRepository {
  switch (options.type) {
    case 'directory':
      return new DirectoryRepository(options);
    case 's3':
      return new S3Repository(options);
  }
}
