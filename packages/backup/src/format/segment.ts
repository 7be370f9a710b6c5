import { createHash, createHmac } from 'node:crypto';
import { HASH_BYTES, LocationList, ZERO_BLOCK } from '@scoria/data-mover';
import { BackupError } from '../errors.ts';
import type { RepositoryKeys } from '../keys/subkeys.ts';
import { segmentName } from './names.ts';
import type { PackNumbers } from './packNumbers.ts';
import { seal, unseal } from './sealed.ts';

const HEADER_BYTES = 8;
const ENTRY_BYTES = 44;
const PACK_REF = /^[a-z0-9._-]+\/[0-9a-f]{32}$/;

/** A segment ready to be stored. */
export interface WrittenSegment {
  /** `<backup>/<hash of the body>`: how manifests name it. */
  readonly ref: string;
  readonly object: Buffer;
}

/** Makes the object of an index segment. docs/backup-format.md, "Index segment". */
export function writeSegment(
  locations: LocationList,
  owner: { readonly volumeId: string; readonly backupId: string },
  packs: PackNumbers,
  keys: RepositoryKeys,
): WrittenSegment {
  const local = new Map<number, number>();
  for (let index = 0; index < locations.count; index += 1) {
    const pack = locations.pack(index);
    if (pack !== ZERO_BLOCK && !local.has(pack)) local.set(pack, local.size);
  }
  const refs = Buffer.from([...local.keys()].map((pack) => `${packs.ref(pack)}\n`).join(''));
  const body = Buffer.alloc(HEADER_BYTES + refs.length + locations.count * ENTRY_BYTES);
  body.writeUInt32LE(locations.count, 0);
  body.writeUInt32LE(refs.length, 4);
  refs.copy(body, HEADER_BYTES);
  for (let index = 0; index < locations.count; index += 1) {
    const at = HEADER_BYTES + refs.length + index * ENTRY_BYTES;
    const pack = locations.pack(index);
    body.writeUInt32LE(pack === ZERO_BLOCK ? ZERO_BLOCK : (local.get(pack) ?? 0), at);
    body.writeUInt32LE(locations.offset(index), at + 4);
    body.writeUInt32LE(locations.length(index), at + 8);
    body.set(locations.hash(index), at + 12);
  }
  const ref = `${owner.backupId}/${bodyHash(body, keys)}`;
  return { ref, object: seal('segment', segmentName(owner.volumeId, ref), body, keys) };
}

/**
 * Reads an index segment.
 *
 * @param blocks how many it has to list
 * @throws BackupError CORRUPT, FORMAT_UNKNOWN, MANIFEST_FORGED
 */
export function readSegment(
  object: Uint8Array,
  place: { readonly volumeId: string; readonly ref: string; readonly blocks: number },
  packs: PackNumbers,
  keys: RepositoryKeys,
): LocationList {
  const name = segmentName(place.volumeId, place.ref);
  const corrupt = (why: string): BackupError =>
    new BackupError('CORRUPT', `${name} is damaged: ${why}`, { object: name });
  const body = unseal('segment', name, object, keys);
  if (!place.ref.endsWith(`/${bodyHash(body, keys)}`)) throw corrupt('it is another one');
  const refsEnd = body.length < HEADER_BYTES ? 0 : HEADER_BYTES + body.readUInt32LE(4);
  if (refsEnd === 0 || refsEnd + place.blocks * ENTRY_BYTES !== body.length) throw corrupt('its length');
  if (body.readUInt32LE(0) !== place.blocks) throw corrupt('it lists another number of blocks');
  const numbers = body
    .toString('latin1', HEADER_BYTES, refsEnd)
    .split('\n')
    .slice(0, -1)
    .map((ref) => {
      if (!PACK_REF.test(ref)) throw corrupt('it names no pack');
      return packs.number(ref);
    });
  const locations = LocationList.zeros(place.blocks);
  for (let index = 0; index < place.blocks; index += 1) {
    const at = refsEnd + index * ENTRY_BYTES;
    const local = body.readUInt32LE(at);
    if (local === ZERO_BLOCK) continue;
    const pack = numbers[local];
    if (pack === undefined) throw corrupt('it names no pack');
    locations.set(index, {
      pack,
      offset: body.readUInt32LE(at + 4),
      length: body.readUInt32LE(at + 8),
      hash: body.subarray(at + 12, at + 12 + HASH_BYTES),
    });
  }
  return locations;
}

/** SHA-256 over the hashes of a segment's blocks: what a manifest's digest is made of. */
export function segmentDigest(locations: LocationList): Buffer {
  const digest = createHash('sha256');
  for (let index = 0; index < locations.count; index += 1) digest.update(locations.hash(index));
  return digest.digest();
}

function bodyHash(body: Uint8Array, keys: RepositoryKeys): string {
  const hash = keys.hash === null ? createHash('sha256') : createHmac('sha256', keys.hash);
  return hash.update(body).digest('hex');
}
