import { createHash } from 'node:crypto';
import type { BackupDescription, BackupRunOptions, CreateBackupRequest } from '../backupStore.ts';
import { BackupError } from '../errors.ts';
import {
  describeManifest,
  type Manifest,
  SEGMENT_BLOCKS,
  segmentCount,
  writeManifest,
} from '../format/manifest.ts';
import { behind, folderPrefix, intentName, isId, manifestName, unsweptName } from '../format/names.ts';
import { PackNumbers } from '../format/packNumbers.ts';
import type { BackupContext } from './context.ts';
import { addLeftovers, tableOfChain } from './knownBlocks.ts';
import { findManifest, loadManifest } from './manifests.ts';
import { throwIfAborted } from './moverFailure.ts';
import { PackSlots } from './packSlots.ts';
import { loadChain } from './parentChain.ts';
import { removeSpool } from './removeSpool.ts';
import { SegmentQueue } from './segmentQueue.ts';
import { clearSpool, makeSpool } from './spool.ts';
import { storeVolume } from './storeVolume.ts';
import { sweepVolume } from './sweepVolume.ts';
import { TaskGroup } from './taskGroup.ts';

/**
 * Makes a backup, or finishes one: what an earlier run of the same id made durable is found again and not stored twice. Until its manifest
 * is there, which comes last, the backup does not exist.
 *
 * @throws BackupError
 */
export async function createBackup(
  context: BackupContext,
  request: CreateBackupRequest,
  options: BackupRunOptions,
): Promise<BackupDescription> {
  const { backupId, volumeId } = request;
  checkRequest(request);
  const doing = `the backup of volume ${volumeId}`;
  throwIfAborted(options.signal, doing);
  const { repository, info } = context;
  const found = await findManifest(context, request, options.signal);
  if (found !== undefined) {
    await repository.remove(intentName(volumeId, backupId), options.signal);
    return describeManifest(found, info.encrypted);
  }
  // Before anything of another backup is read: from now on nobody removes what this one may come to need.
  await repository.put(intentName(volumeId, backupId), intentOf(request), options.signal);
  const runName = `${volumeId}.${backupId}`;
  await clearSpool(context.spoolDirectory, runName);
  const spool = await makeSpool(context.spoolDirectory, runName);
  const group = new TaskGroup(options.signal);
  try {
    const { manifest, unused } = await store(context, request, options, group, spool);
    await finish(context, request, writeManifest(manifest, context.keys), options.signal);
    const stored = await loadManifest(context, request, options.signal);
    await repository.remove(intentName(volumeId, backupId));
    if (unused || (await repository.size(unsweptName(volumeId))) !== null)
      await sweepVolume(context, volumeId, options.signal);
    return describeManifest(stored, info.encrypted);
  } catch (error) {
    group.fail(error);
    await group.done().catch(() => undefined); // the first error is the one that is thrown below
    throwIfAborted(options.signal, doing);
    throw error;
  } finally {
    await removeSpool(spool, options.signal);
  }
}

/**
 * Stores the manifest. A removal takes away the intent, then the manifest, then the packs: a backup that finds its intent after its manifest
 * is there was before all of that, and one that does not withdraws the manifest, whose packs may be gone.
 *
 * @throws BackupError BACKUP_NOT_FOUND when somebody has removed the backup meanwhile
 */
async function finish(
  context: BackupContext,
  { volumeId, backupId }: CreateBackupRequest,
  content: Buffer,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { repository } = context;
  const name = manifestName(volumeId, backupId);
  const isWanted = async (): Promise<boolean> =>
    (await repository.size(intentName(volumeId, backupId), signal)) !== null;
  if (await isWanted()) {
    await repository.put(name, content, signal);
    if (await isWanted()) return;
    await repository.remove(name);
    await sweepVolume(context, volumeId, undefined);
  }
  throw new BackupError('BACKUP_NOT_FOUND', `backup ${backupId} was removed while it was made`);
}

/** Stores packs and segments. @returns the manifest, and whether packs of an earlier run are there that it does not need */
async function store(
  context: BackupContext,
  request: CreateBackupRequest,
  options: BackupRunOptions,
  group: TaskGroup,
  spool: string,
): Promise<{ readonly manifest: Manifest; readonly unused: boolean }> {
  const { backupId, volumeId, parentId, source } = request;
  const packs = new PackNumbers();
  const durable = await storedPacks(context, volumeId, group.signal);
  const volume = { volumeId, sizeBytes: source.sizeBytes };
  const chain =
    parentId === null ? [] : await loadChain(context, { ...volume, parentId }, durable, group.signal);
  const table = await tableOfChain(context, volume, chain, packs, group.signal);
  const segments = new SegmentQueue(context, request, packs, group);
  const slots = new PackSlots(context, { volumeId, backupId, spool }, packs, group, () =>
    segments.storeReady(slots),
  );
  for (const [ref, bytes] of chain.flatMap((manifest) => manifest.packs))
    slots.addDurable(packs.number(ref), bytes);
  const leftovers = await addLeftovers(context, request, table, packs, group.signal);
  for (const { number, bytes } of leftovers) slots.addDurable(number, bytes);
  const run = { context, group, packs, slots, segments, table, parent: chain[0] ?? null };
  const changedBytes = await storeVolume(run, request, options);
  const used = [...segments.packs].map((number): [string, number] => [
    packs.ref(number),
    slots.durableBytes(number) ?? 0,
  ]);
  const own = used.filter(([ref]) => ref.startsWith(`${backupId}/`));
  const digest = createHash('sha256');
  const refs: (string | null)[] = [];
  const geometry = { sizeBytes: source.sizeBytes, blockSize: context.info.blockSize };
  for (let segment = 0; segment < segmentCount(geometry); segment += 1) {
    const listed = segments.listed.get(segment);
    if (listed === undefined) throw new Error(`segment ${segment} was not stored`);
    digest.update(listed.digest);
    refs.push(listed.ref);
  }
  const manifest: Manifest = {
    repositoryId: context.info.repositoryId,
    backupId,
    volumeId,
    parentId,
    createdAt: request.createdAt,
    metadata: { ...request.metadata },
    ...geometry,
    storedBytes: segments.storedBytes + own.reduce((sum, [, bytes]) => sum + bytes, 0),
    changedBytes,
    segmentBlocks: SEGMENT_BLOCKS,
    segments: refs,
    packs: used.sort(([a], [b]) => (a < b ? -1 : 1)),
    digest: digest.digest('hex'),
  };
  const needed = new Set(own.map(([ref]) => ref));
  const unused = [...durable.keys()].some((ref) => ref.startsWith(`${backupId}/`) && !needed.has(ref));
  return { manifest, unused };
}

async function storedPacks(
  { repository }: BackupContext,
  volumeId: string,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const prefix = folderPrefix(volumeId, 'packs');
  const packs = new Map<string, number>();
  for await (const { name, bytes } of repository.list(prefix, signal)) packs.set(behind(prefix, name), bytes);
  return packs;
}

function checkRequest({ backupId, volumeId, parentId, source }: CreateBackupRequest): void {
  for (const id of [backupId, volumeId, ...(parentId === null ? [] : [parentId])])
    if (!isId(id)) throw new TypeError(`${JSON.stringify(id)} cannot be the id of a volume or backup`);
  if (parentId === backupId) throw new TypeError('a backup cannot be its own parent');
  if (!Number.isSafeInteger(source.sizeBytes) || source.sizeBytes <= 0)
    throw new RangeError(`a volume cannot have ${source.sizeBytes} bytes`);
}

/** For whoever looks at the repository; nothing reads it. */
function intentOf({ createdAt }: CreateBackupRequest): Buffer {
  return Buffer.from(`${JSON.stringify({ format: 'scoria-backup-intent', version: 1, createdAt })}\n`);
}
