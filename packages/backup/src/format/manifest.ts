import { z } from 'zod';
import type { BackupDescription } from '../backupStore.ts';
import { BackupError } from '../errors.ts';
import type { RepositoryKeys } from '../keys/subkeys.ts';
import { isId, manifestName } from './names.ts';
import { seal, unseal } from './sealed.ts';

/** Blocks in one index segment. */
export const SEGMENT_BLOCKS = 1024;

const bytes = z.int().nonnegative();
const id = z.string().refine(isId, 'not an id');
const segmentRef = z.string().regex(/^[a-z0-9._-]+\/[0-9a-f]{64}$/);
const packRef = z.string().regex(/^[a-z0-9._-]+\/[0-9a-f]{32}$/);

const manifestSchema = z.object({
  repositoryId: z.uuid(),
  backupId: id,
  volumeId: id,
  parentId: id.nullable(),
  createdAt: z.string(),
  metadata: z.record(z.string(), z.string()),
  sizeBytes: bytes,
  storedBytes: bytes,
  changedBytes: bytes,
  blockSize: bytes,
  /** Blocks per segment. */
  segmentBlocks: z.literal(SEGMENT_BLOCKS),
  /** One per `segmentBlocks` blocks of the volume, in order; null: all of them are zero. */
  segments: z.array(segmentRef.nullable()),
  /** Every pack that any of the segments names, with its bytes. */
  packs: z.array(z.tuple([packRef, bytes])),
  /** SHA-256 over the SHA-256 of each segment's block hashes, in order. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
});

/** A backup: what it is of, and where the list of its blocks is. docs/backup-format.md, "Manifest". */
export type Manifest = z.output<typeof manifestSchema>;

/** Segments of a volume. */
export function segmentCount({ sizeBytes, blockSize }: Pick<Manifest, 'sizeBytes' | 'blockSize'>): number {
  return Math.ceil(sizeBytes / (blockSize * SEGMENT_BLOCKS));
}

/** Where a segment's bytes of the volume are. */
export function segmentRange(
  { sizeBytes, blockSize }: Pick<Manifest, 'sizeBytes' | 'blockSize'>,
  segment: number,
): { readonly offset: number; readonly length: number; readonly blocks: number } {
  const offset = segment * blockSize * SEGMENT_BLOCKS;
  const length = Math.min(sizeBytes - offset, blockSize * SEGMENT_BLOCKS);
  return { offset, length, blocks: Math.ceil(length / blockSize) };
}

/** The manifest as an object. */
export function writeManifest(manifest: Manifest, keys: RepositoryKeys): Buffer {
  const name = manifestName(manifest.volumeId, manifest.backupId);
  return seal('manifest', name, Buffer.from(JSON.stringify(manifest)), keys);
}

/**
 * Reads a manifest and proves that it is the one of this backup.
 *
 * @throws BackupError CORRUPT, FORMAT_UNKNOWN, MANIFEST_FORGED
 */
export function readManifest(
  content: Uint8Array,
  expected: { readonly volumeId: string; readonly backupId: string; readonly repositoryId: string },
  keys: RepositoryKeys,
): Manifest {
  const name = manifestName(expected.volumeId, expected.backupId);
  const body = unseal('manifest', name, content, keys);
  const parsed = manifestSchema.safeParse(parseJson(body));
  if (!parsed.success) {
    const where = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
    throw new BackupError('CORRUPT', `${name} is damaged: ${where || 'not JSON'}`, { object: name });
  }
  const manifest = parsed.data;
  if (
    manifest.backupId !== expected.backupId ||
    manifest.volumeId !== expected.volumeId ||
    manifest.repositoryId !== expected.repositoryId
  ) {
    throw new BackupError('MANIFEST_FORGED', `${name} is the manifest of another backup`, { object: name });
  }
  if (manifest.segments.length !== segmentCount(manifest))
    throw new BackupError('CORRUPT', `${name} is damaged: it lists too few segments`, { object: name });
  return manifest;
}

/** What a manifest says to the outside. */
export function describeManifest(manifest: Manifest, encrypted: boolean): BackupDescription {
  const { backupId, volumeId, parentId, sizeBytes, storedBytes, changedBytes, metadata, createdAt } =
    manifest;
  return {
    backupId,
    volumeId,
    parentId,
    sizeBytes,
    storedBytes,
    changedBytes,
    metadata,
    createdAt,
    encrypted,
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined; // told by the schema
  }
}
