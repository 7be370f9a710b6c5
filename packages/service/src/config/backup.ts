import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import type { BackupConfig } from './model.ts';
import type { Problems } from './problems.ts';
import { readSecret } from './secrets.ts';
import { reportSection } from './sectionProblems.ts';

const KIBIBYTE = 1024;
/** Options of a repository that are paths; like all paths of the file they start at its directory. */
const pathOptions = ['path', 'credentials_file'] as const;
const secretOption = 'secret_access_key';

/** What the section says besides the repository: how backups are made. */
const ownSchema = z.strictObject({
  key_file: z
    .string()
    .min(1, 'a path')
    .optional()
    .describe(
      'File of mode 0600 with the key that backups are encrypted with; default: they are not encrypted',
    ),
  spool_dir: z
    .string()
    .min(1, 'a path')
    .optional()
    .describe('Directory for what is on its way to or from the repository, some hundred MiB'),
  compression_level: z.int().min(1).max(19).default(1).describe('Of zstd: 1 is fastest, 19 smallest'),
  block_size_kib: z
    .literal([64, 128, 256, 512, 1024])
    .default(256)
    .describe('Size of the blocks of a repository that is made, in KiB'),
  read_back: z.boolean().default(true).describe('Whether a restore reads back all that it wrote'),
});

/** What a section came to. */
export interface CheckedBackup {
  /** Null when something of it is wrong. */
  readonly backup: BackupConfig | null;
  /** Whether the secret stands in the file itself. */
  readonly hasInlineSecret: boolean;
}

/** Checks the section `backup` offline: options of the repository, secret, key file. Connects to nothing. */
export async function checkBackup(
  section: Readonly<Record<string, unknown>>,
  { file, stateDirectory }: { readonly file: string; readonly stateDirectory: string },
  problems: Problems,
): Promise<CheckedBackup> {
  // Only here: a configuration without backups need not load what makes them.
  const { backupRepositoryOptionsSchema, loadBackupKey } = await import('@scoria/backup');
  const before = problems.errors.length;
  const absolute = (path: string): string => resolve(dirname(file), path);
  const repository: Record<string, unknown> = {};
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(section)) {
    if (key in ownSchema.shape) own[key] = value;
    else repository[key] = isPath(key, value) ? absolute(value) : value;
  }
  let hasInlineSecret = false;
  if (repository[secretOption] !== undefined) {
    const source = await readSecret(repository[secretOption]);
    if (source.kind === 'problem') problems.error(['backup', secretOption], source.message);
    else repository[secretOption] = source.secret;
    hasInlineSecret = source.kind === 'inline';
  }
  const parsedOwn = ownSchema.safeParse(own);
  const parsed = backupRepositoryOptionsSchema.safeParse(repository);
  const shapes = backupRepositoryOptionsSchema.options.map((option) => option.shape);
  const kinds = shapes.map(({ type }) => type.value);
  const known = [
    ...Object.keys(ownSchema.shape),
    ...Object.keys(shapes.find(({ type }) => type.value === repository['type']) ?? {}),
  ];
  if (repository['type'] === undefined || !kinds.some((kind) => kind === repository['type']))
    problems.error(['backup', 'type'], `is the kind of repository: one of ${kinds.join(', ')}`);
  else if (!parsed.success) reportSection('backup', parsed.error, known, problems);
  if (!parsedOwn.success) reportSection('backup', parsedOwn.error, known, problems);
  if (!parsed.success || !parsedOwn.success) return { backup: null, hasInlineSecret };
  const { key_file: keyFile, spool_dir: spool, ...how } = parsedOwn.data;
  if (keyFile !== undefined) {
    await loadBackupKey(absolute(keyFile)).catch((error: unknown) => {
      problems.error(['backup', 'key_file'], error instanceof Error ? error.message : String(error));
    });
  }
  if (problems.errors.length > before) return { backup: null, hasInlineSecret };
  return {
    hasInlineSecret,
    backup: {
      repository: parsed.data,
      keyFile: keyFile === undefined ? null : absolute(keyFile),
      spoolDirectory: spool === undefined ? join(stateDirectory, 'backup-spool') : absolute(spool),
      compressionLevel: how.compression_level,
      blockSize: how.block_size_kib * KIBIBYTE,
      readBack: how.read_back,
    },
  };
}

function isPath(key: string, value: unknown): value is string {
  return typeof value === 'string' && value !== '' && pathOptions.some((each) => each === key);
}
