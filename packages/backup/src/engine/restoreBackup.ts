import { createHash } from 'node:crypto';
import { LocationList } from '@scoria/data-mover';
import type { BackupEndpoint, BackupRunOptions } from '../backupStore.ts';
import { BackupError } from '../errors.ts';
import { type Manifest, segmentRange } from '../format/manifest.ts';
import { behind, folderPrefix, manifestName, packName } from '../format/names.ts';
import { PackNumbers } from '../format/packNumbers.ts';
import { segmentDigest } from '../format/segment.ts';
import type { BackupContext } from './context.ts';
import { type BackupPlace, loadManifest } from './manifests.ts';
import { moverFailure, throwIfAborted } from './moverFailure.ts';
import { ProgressSum } from './progressSum.ts';
import { readBackVolume } from './readBackVolume.ts';
import { removeSpool } from './removeSpool.ts';
import { writeWindow } from './restoreWindow.ts';
import { loadSegment } from './segments.ts';
import { makeSpool } from './spool.ts';
import { TaskGroup } from './taskGroup.ts';

/** Segments whose blocks are sorted by pack at once: 4 GiB of volume. */
const WINDOW_SEGMENTS = 16;

/**
 * Writes a backup over a volume. The manifest, all segments and the presence of all packs are proven before the first byte is written,
 * each block before it is written, and the volume is read back after all is durable. A longer volume's rest is left alone. After any error
 * but BACKUP_NOT_FOUND and DESTINATION_TOO_SMALL the volume may be written in part.
 *
 * @throws BackupError
 */
export async function restoreBackup(
  context: BackupContext,
  request: BackupPlace & { readonly destination: BackupEndpoint },
  options: BackupRunOptions,
): Promise<{ readonly writtenBytes: number }> {
  const { destination, backupId } = request;
  const doing = `the restore of backup ${backupId}`;
  throwIfAborted(options.signal, doing);
  const manifest = await loadManifest(context, request, options.signal);
  if (destination.sizeBytes < manifest.sizeBytes) {
    throw new BackupError(
      'DESTINATION_TOO_SMALL',
      `${destination.path} has ${destination.sizeBytes} bytes, ${manifest.sizeBytes - destination.sizeBytes} too few for backup ${backupId}; nothing was written`,
    );
  }
  const group = new TaskGroup(options.signal);
  const spool = await makeSpool(context.spoolDirectory, `restore.${backupId}`);
  try {
    const packs = new PackNumbers();
    await provePresence(context, manifest, group.signal);
    await proveSegments(context, manifest, packs, group.signal);
    const progress = new ProgressSum(manifest.sizeBytes, options.onProgress);
    const run = { context, manifest, destination, group, packs, spool, progress, io: options.io };
    let writtenBytes = 0;
    for (let first = 0; first < manifest.segments.length; first += WINDOW_SEGMENTS) {
      const last = Math.min(first + WINDOW_SEGMENTS, manifest.segments.length);
      const window = await loadWindow(context, manifest, { first, last }, packs, group.signal);
      writtenBytes += await writeWindow(run, window, segmentRange(manifest, first).offset);
    }
    await context.mover
      .clearExtents(
        { destination: { path: destination.path, identity: destination.identity }, extents: [], flush: true },
        { signal: group.signal },
      )
      .catch((error: unknown) => {
        throw moverFailure(error, 'source', doing);
      });
    if (context.readBack) await readBackVolume(run);
    await group.done();
    return { writtenBytes };
  } catch (error) {
    group.fail(error);
    await group.done().catch(() => undefined); // the first error is the one that is thrown below
    throwIfAborted(options.signal, doing);
    throw error;
  } finally {
    await removeSpool(spool, options.signal);
  }
}

/** The blocks of several segments, one after the other. */
async function loadWindow(
  context: BackupContext,
  manifest: Manifest,
  { first, last }: { readonly first: number; readonly last: number },
  packs: PackNumbers,
  signal: AbortSignal,
): Promise<LocationList> {
  const numbers = Array.from({ length: last - first }, (_, index) => first + index);
  const lists = await Promise.all(
    numbers.map(
      async (segment) =>
        (await loadSegment(context, manifest, segment, packs, signal)) ??
        LocationList.zeros(segmentRange(manifest, segment).blocks),
    ),
  );
  return new LocationList(Buffer.concat(lists.map(({ bytes }) => bytes)));
}

/** @throws BackupError OBJECT_MISSING, CORRUPT when a pack is absent or has another length */
async function provePresence(context: BackupContext, manifest: Manifest, signal: AbortSignal): Promise<void> {
  const prefix = folderPrefix(manifest.volumeId, 'packs');
  const present = new Map<string, number>();
  for await (const { name, bytes } of context.repository.list(prefix, signal))
    present.set(behind(prefix, name), bytes);
  for (const [ref, bytes] of manifest.packs) {
    const found = present.get(ref);
    const object = packName(manifest.volumeId, ref);
    if (found === undefined) throw new BackupError('OBJECT_MISSING', `${object} is not there`, { object });
    if (found !== bytes)
      throw new BackupError('CORRUPT', `${object} has ${found} bytes, not ${bytes}`, { object });
  }
}

/** Reads all segments once before anything is written. */
async function proveSegments(
  context: BackupContext,
  manifest: Manifest,
  packs: PackNumbers,
  signal: AbortSignal,
): Promise<void> {
  const listed = new Set(manifest.packs.map(([ref]) => packs.number(ref)));
  const digest = createHash('sha256');
  const name = manifestName(manifest.volumeId, manifest.backupId);
  const corrupt = (why: string): BackupError =>
    new BackupError('CORRUPT', `${name} is damaged: ${why}`, { object: name });
  for (let segment = 0; segment < manifest.segments.length; segment += 1) {
    const locations =
      (await loadSegment(context, manifest, segment, packs, signal)) ??
      LocationList.zeros(segmentRange(manifest, segment).blocks);
    for (let index = 0; index < locations.count; index += 1)
      if (!locations.isZero(index) && !listed.has(locations.pack(index)))
        throw corrupt('a block is in a pack that it does not list');
    digest.update(segmentDigest(locations));
  }
  if (digest.digest('hex') !== manifest.digest) throw corrupt('its digest is not the one of its blocks');
}
