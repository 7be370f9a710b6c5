import { BackupError } from '../errors.ts';
import type { Manifest } from '../format/manifest.ts';
import { packName } from '../format/names.ts';
import type { BackupContext } from './context.ts';
import { findManifest } from './manifests.ts';

/**
 * A parent and its own ancestors, nearest first, as far as they are still there and whole.
 *
 * @param volume what is to be backed up
 * @param stored bytes of the volume's packs that are there, by their names
 * @throws BackupError PARENT_UNUSABLE; what is wrong with an ancestor of the parent is of no account
 */
export async function loadChain(
  context: BackupContext,
  volume: { readonly volumeId: string; readonly sizeBytes: number; readonly parentId: string },
  stored: ReadonlyMap<string, number>,
  signal: AbortSignal | undefined,
): Promise<readonly [Manifest, ...Manifest[]]> {
  const { volumeId, parentId, sizeBytes } = volume;
  const unusable = (why: string, cause?: unknown): BackupError => parentUnusable(parentId, why, cause);
  let parent: Manifest | undefined;
  try {
    parent = await findManifest(context, { volumeId, backupId: parentId }, signal);
  } catch (error) {
    if (error instanceof BackupError && isDamage(error)) throw unusable(error.message, error);
    throw error;
  }
  if (parent === undefined) throw unusable(`it is no backup of volume ${volumeId}`);
  if (parent.blockSize !== context.info.blockSize)
    throw unusable(`its blocks have ${parent.blockSize} bytes, not ${context.info.blockSize}`);
  if (parent.sizeBytes > sizeBytes)
    throw unusable(`the volume had ${parent.sizeBytes} bytes then and has ${sizeBytes} now`);
  const lost = lostPack(parent, stored);
  if (lost !== undefined) throw unusable(`${packName(volumeId, lost)} is missing or damaged`);
  const chain: [Manifest, ...Manifest[]] = [parent];
  const seen = new Set([parentId]);
  for (let next = parent.parentId; next !== null && !seen.has(next); ) {
    seen.add(next);
    const ancestor = await ancestorOf(context, volumeId, next, signal);
    if (ancestor === undefined) break;
    if (lostPack(ancestor, stored) === undefined) chain.push(ancestor);
    next = ancestor.parentId;
  }
  return chain;
}

async function ancestorOf(
  context: BackupContext,
  volumeId: string,
  backupId: string,
  signal: AbortSignal | undefined,
): Promise<Manifest | undefined> {
  try {
    const manifest = await findManifest(context, { volumeId, backupId }, signal);
    return manifest?.blockSize === context.info.blockSize ? manifest : undefined;
  } catch (error) {
    if (error instanceof BackupError && isDamage(error)) return undefined;
    throw error;
  }
}

/** Whether something that was stored is not what it should be, rather than out of reach. */
export function isDamage({ code }: BackupError): boolean {
  return ['CORRUPT', 'FORMAT_UNKNOWN', 'MANIFEST_FORGED', 'OBJECT_MISSING'].includes(code);
}

/** Why nothing can be added to a backup, and what to do. */
export function parentUnusable(parentId: string, why: string, cause?: unknown): BackupError {
  const message = `backup ${parentId} cannot be added to: ${why}; make a full backup`;
  const object = cause instanceof BackupError ? cause.object : null;
  return new BackupError('PARENT_UNUSABLE', message, { cause, ...(object === null ? {} : { object }) });
}

/** A pack of a backup that is not there, or not as long as it was. */
export function lostPack(manifest: Manifest, stored: ReadonlyMap<string, number>): string | undefined {
  return manifest.packs.find(([ref, bytes]) => stored.get(ref) !== bytes)?.[0];
}
