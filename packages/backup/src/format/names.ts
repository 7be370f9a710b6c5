/** Names of the objects of a repository. docs/backup-format.md, "Objects". */

/** The object that makes a place a repository. */
export const REPOSITORY_OBJECT = 'scoria-backup.json';
/** Before the names of everything that belongs to volumes. */
export const VOLUMES = 'volumes/';

const ID = /^[a-z0-9](?:[a-z0-9._-]{0,126}[a-z0-9])?$/;

/** Whether it can be the id of a volume or backup here: what a name of an object may hold, UUIDs above all. */
export function isId(id: string): boolean {
  return ID.test(id) && !id.includes('..');
}

/** Before the names of everything of one volume. */
export function volumePrefix(volumeId: string): string {
  return `${VOLUMES}${volumeId}/`;
}

/** Kinds of objects of a volume, by the folder they are in. */
export type VolumeFolder = 'manifests' | 'intents' | 'index' | 'packs';

/** Before the names of one kind of object of a volume. */
export function folderPrefix(volumeId: string, folder: VolumeFolder): string {
  return `${volumePrefix(volumeId)}${folder}/`;
}

/** A finished backup. */
export function manifestName(volumeId: string, backupId: string): string {
  return `${folderPrefix(volumeId, 'manifests')}${backupId}`;
}

/** A backup that is being made. */
export function intentName(volumeId: string, backupId: string): string {
  return `${folderPrefix(volumeId, 'intents')}${backupId}`;
}

/** @param ref `<backup that wrote it>/<hash>` */
export function segmentName(volumeId: string, ref: string): string {
  return `${folderPrefix(volumeId, 'index')}${ref}`;
}

/** @param ref `<backup that wrote it>/<id of the pack>` */
export function packName(volumeId: string, ref: string): string {
  return `${folderPrefix(volumeId, 'packs')}${ref}`;
}

/** There when a removal could not tell what was still needed: the next backup or removal looks again. */
export function unsweptName(volumeId: string): string {
  return `${volumePrefix(volumeId)}unswept`;
}

/** The part of a name behind the prefix. */
export function behind(prefix: string, name: string): string {
  return name.slice(prefix.length);
}
