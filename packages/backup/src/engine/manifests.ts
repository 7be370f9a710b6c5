import { BackupError } from '../errors.ts';
import { type Manifest, readManifest } from '../format/manifest.ts';
import { behind, folderPrefix, isId, manifestName } from '../format/names.ts';
import type { BackupContext } from './context.ts';

/** A backup of a volume. */
export interface BackupPlace {
  readonly volumeId: string;
  readonly backupId: string;
}

/** The manifest of a backup; undefined when there is none. @throws BackupError CORRUPT, FORMAT_UNKNOWN, MANIFEST_FORGED */
export async function findManifest(
  { repository, info, keys }: BackupContext,
  { volumeId, backupId }: BackupPlace,
  signal: AbortSignal | undefined,
): Promise<Manifest | undefined> {
  if (!isId(volumeId) || !isId(backupId)) return undefined;
  let content: Uint8Array;
  try {
    content = await repository.get(manifestName(volumeId, backupId), undefined, signal);
  } catch (error) {
    if (error instanceof BackupError && error.code === 'OBJECT_MISSING') return undefined;
    throw error;
  }
  return readManifest(content, { volumeId, backupId, repositoryId: info.repositoryId }, keys);
}

/** @throws BackupError BACKUP_NOT_FOUND, and as {@link findManifest} */
export async function loadManifest(
  context: BackupContext,
  place: BackupPlace,
  signal: AbortSignal | undefined,
): Promise<Manifest> {
  const manifest = await findManifest(context, place, signal);
  if (manifest !== undefined) return manifest;
  throw new BackupError(
    'BACKUP_NOT_FOUND',
    `${context.repository.description} has no backup ${place.backupId} of volume ${place.volumeId}`,
  );
}

/** Ids of the finished backups of a volume. */
export async function backupIdsOf(
  { repository }: BackupContext,
  volumeId: string,
  folder: 'manifests' | 'intents',
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const prefix = folderPrefix(volumeId, folder);
  const ids: string[] = [];
  for await (const { name } of repository.list(prefix, signal)) ids.push(behind(prefix, name));
  return ids;
}
