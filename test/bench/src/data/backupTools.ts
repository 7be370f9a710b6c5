import { createHash } from 'node:crypto';
import { access, mkdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import {
  type BackupStore,
  backupRepositoryOptionsSchema,
  type CreateBackupRequest,
  createBackupRepository,
  createBackupStore,
} from '@scoria/backup';
import type { DataMover } from '@scoria/data-mover';
import { missingProgram, run } from './command.ts';
import { writeFresh } from './content.ts';
import type { Absent } from './contest.ts';
import { identityOf } from './ours.ts';
import type { Workbench } from './workbench.ts';

/** Something that backs a file up. */
export interface BackupTool {
  readonly name: string;
  /** What it runs; read into memory before it is timed. */
  readonly programs: readonly string[];
  /** Makes an empty repository in a folder that is not there yet. */
  init(repository: string): Promise<void>;
  /** Makes a backup. `parent` is an earlier one's name, for those that must be told. @returns its ms where imports must not count */
  backup(
    repository: string,
    volume: string,
    name: string,
    parent: string | null,
  ): Promise<number | undefined>;
  /** Restores a backup to `destination`, durably, with all checks that the tool has. @returns as above */
  restore(repository: string, volume: string, name: string, destination: string): Promise<number | undefined>;
  /** Brings `destination` into the state in which the tool wants it. */
  prepareRestore(volume: string, destination: string, bytes: number): Promise<void>;
}

/** Names of the tools, as figures show them. */
export const toolNames = {
  plain: 'scoria',
  encrypted: 'scoria, encrypted',
  restic: 'restic',
  borg: 'borg (-e none)',
  cinder: "Cinder's chunked driver",
} as const;

/** A store over a folder, as the service opens it. */
export async function openStore(
  bench: Workbench,
  mover: DataMover,
  path: string,
  key: Uint8Array | null,
): Promise<BackupStore> {
  const spoolDirectory = bench.path('spool');
  await mkdir(spoolDirectory, { recursive: true });
  const repository = createBackupRepository(backupRepositoryOptionsSchema.parse({ type: 'directory', path }));
  const store = createBackupStore({ repository, mover, key, spoolDirectory });
  await store.open();
  return store;
}

/** A full backup of a file. */
export async function fullBackup(volume: string, backupId: string): Promise<CreateBackupRequest> {
  const { size: sizeBytes } = await stat(volume);
  return {
    backupId,
    volumeId: 'volume',
    source: { path: volume, identity: await identityOf(volume), sizeBytes, isZero: false },
    parentId: null,
    changed: null,
    metadata: {},
    createdAt: new Date().toISOString(),
  };
}

/** Ours, by the store that the service uses; opening it counts. Nothing but reading tells it what has changed. */
export function scoriaTool(bench: Workbench, mover: DataMover, encrypted: boolean): BackupTool {
  const key = encrypted ? createHash('sha256').update('a key of the bench').digest() : null;
  const open = (path: string): Promise<BackupStore> => openStore(bench, mover, path, key);
  return {
    name: encrypted ? toolNames.encrypted : toolNames.plain,
    programs: [],
    async init(path) {
      await (await open(path)).close();
    },
    async backup(path, volume, backupId, parentId) {
      const store = await open(path);
      await store.create({ ...(await fullBackup(volume, backupId)), parentId });
      await store.close();
      return undefined;
    },
    async restore(path, _volume, backupId, destination) {
      const store = await open(path);
      const { size: sizeBytes } = await stat(destination);
      const end = { path: destination, identity: await identityOf(destination), sizeBytes, isZero: true };
      await store.restore({ backupId, volumeId: 'volume', destination: end });
      await store.close();
      return undefined;
    },
    prepareRestore: async (_volume, destination, bytes) => await writeFresh(destination, bytes),
  };
}

/** restic as Debian has it; it always encrypts. */
export async function resticTool(bench: Workbench): Promise<BackupTool | Absent> {
  const missing = await missingProgram('restic', 'restic');
  if (missing !== undefined) return { name: toolNames.restic, missing };
  const restic = (repository: string, ...argv: string[]) =>
    run('restic', ['--repo', repository, '--cache-dir', bench.path('restic-cache'), '--quiet', ...argv], {
      env: { RESTIC_PASSWORD: 'a password of the bench', HOME: bench.directory },
    });
  return {
    name: toolNames.restic,
    programs: ['restic', 'sync'],
    init: async (repository) => void (await restic(repository, 'init')),
    async backup(repository, volume, name) {
      await restic(repository, 'backup', '--tag', name, volume);
      return undefined;
    },
    async restore(repository, volume, name, destination) {
      await restic(
        repository,
        'restore',
        'latest',
        '--tag',
        name,
        '--target',
        `${destination}.d`,
        '--verify',
      );
      await run('sync', [join(`${destination}.d`, volume)]);
      return undefined;
    },
    async prepareRestore(_volume, destination) {
      await rm(`${destination}.d`, { recursive: true, force: true });
    },
  };
}

/** borg as Debian has it, with its own preset compression. */
export async function borgTool(bench: Workbench): Promise<BackupTool | Absent> {
  const missing = await missingProgram('borg', 'borgbackup');
  if (missing !== undefined) return { name: toolNames.borg, missing };
  const borg = (cwd: string, ...argv: string[]) =>
    run('borg', argv, {
      cwd,
      env: {
        BORG_BASE_DIR: bench.path('borg'),
        BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK: 'yes',
        BORG_RELOCATED_REPO_ACCESS_IS_OK: 'yes',
      },
    });
  return {
    name: toolNames.borg,
    programs: ['borg', 'sync'],
    init: async (repository) => void (await borg(bench.directory, 'init', '-e', 'none', repository)),
    async backup(repository, volume, name) {
      await borg(dirname(volume), 'create', `${repository}::${name}`, basename(volume));
      return undefined;
    },
    async restore(repository, volume, name, destination) {
      await borg(`${destination}.d`, 'extract', '--sparse', `${repository}::${name}`);
      await run('sync', [join(`${destination}.d`, basename(volume))]);
      return undefined;
    },
    async prepareRestore(_volume, destination) {
      await rm(`${destination}.d`, { recursive: true, force: true });
      await mkdir(`${destination}.d`);
    },
  };
}

/** Cinder's chunked driver over a folder. Its service would be running: only the driver's own time counts. */
export async function cinderTool(bench: Workbench): Promise<BackupTool | Absent> {
  const installed = await access('/usr/lib/python3/dist-packages/cinder/backup/chunkeddriver.py').then(
    () => true,
    () => false,
  );
  if (!installed) return { name: toolNames.cinder, missing: 'not installed: apt-get install python3-cinder' };
  const script = resolve(import.meta.dirname, '../../peers/cinder-backup/chunked.py');
  const cinder = async (...argv: string[]) => {
    const printed = await run('/usr/bin/python3', [script, ...argv], {
      env: { PYTHONDONTWRITEBYTECODE: '1', HOME: bench.directory },
    });
    const seconds = /^seconds ([\d.]+)$/m.exec(printed)?.[1];
    if (seconds === undefined) throw new Error(`no time in ${printed}`);
    return Number(seconds) * 1000;
  };
  return {
    name: toolNames.cinder,
    programs: [],
    init: async (repository) => void (await mkdir(repository)),
    backup: (repository, volume, name, parent) =>
      cinder('backup', volume, repository, name, ...(parent === null ? [] : [parent])),
    restore: (repository, _volume, name, destination) => cinder('restore', destination, repository, name),
    prepareRestore: async (_volume, destination, bytes) => await writeFresh(destination, bytes),
  };
}

/** Where a tool's restore of a volume ends up. */
export function restoredPath(tool: BackupTool, volume: string, destination: string): string {
  if (tool.name === toolNames.restic) return join(`${destination}.d`, volume);
  if (tool.name === toolNames.borg) return join(`${destination}.d`, basename(volume));
  return destination;
}
