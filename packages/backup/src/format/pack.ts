import { HASH_BYTES, LocationList } from '@scoria/data-mover';
import { BackupError } from '../errors.ts';
import type { RepositoryKeys } from '../keys/subkeys.ts';
import { seal, unseal } from './sealed.ts';

const MAGIC = Buffer.from('ScoriaPk', 'latin1');
const END_MAGIC = Buffer.from('ScoriaPe', 'latin1');
const VERSION = 1;
/** Bytes before the first frame. */
export const PACK_HEADER_BYTES = 32;
/** Bytes behind the trailer: its length, and that it is a pack. */
export const PACK_END_BYTES = 16;
const ENTRY_BYTES = 40;

/** The first bytes of a pack. docs/backup-format.md, "Pack". @param packId 32 hexadecimal digits */
export function packHeader(packId: string): Buffer {
  const header = Buffer.alloc(PACK_HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(VERSION, 8);
  Buffer.from(packId, 'hex').copy(header, 16);
  return header;
}

/** What is behind the last frame: a list of all frames, by which a run that goes on after a kill finds what is stored already. */
export function packTrailer(frames: LocationList, name: string, keys: RepositoryKeys): Buffer {
  const body = Buffer.alloc(frames.count * ENTRY_BYTES);
  for (let index = 0; index < frames.count; index += 1) {
    const at = index * ENTRY_BYTES;
    body.set(frames.hash(index), at);
    body.writeUInt32LE(frames.offset(index), at + 32);
    body.writeUInt32LE(frames.length(index), at + 36);
  }
  const trailer = seal('trailer', name, body, keys);
  const end = Buffer.alloc(PACK_END_BYTES);
  end.writeUInt32LE(trailer.length, 0);
  END_MAGIC.copy(end, 8);
  return Buffer.concat([trailer, end]);
}

/** Bytes of the trailer, without the end; undefined when the end is not one. */
export function trailerBytes(end: Uint8Array): number | undefined {
  const bytes = Buffer.from(end.buffer, end.byteOffset, end.byteLength);
  if (bytes.length !== PACK_END_BYTES || !bytes.subarray(8).equals(END_MAGIC)) return undefined;
  return bytes.readUInt32LE(0);
}

/** The frames of a pack. @throws BackupError CORRUPT, FORMAT_UNKNOWN, MANIFEST_FORGED */
export function readTrailer(
  trailer: Uint8Array,
  place: { readonly name: string; readonly number: number },
  keys: RepositoryKeys,
): LocationList {
  const body = unseal('trailer', place.name, trailer, keys);
  if (body.length % ENTRY_BYTES !== 0)
    throw new BackupError('CORRUPT', `${place.name} is damaged: its trailer`, { object: place.name });
  const frames = LocationList.zeros(body.length / ENTRY_BYTES);
  for (let index = 0; index < frames.count; index += 1) {
    const at = index * ENTRY_BYTES;
    frames.set(index, {
      hash: body.subarray(at, at + HASH_BYTES),
      pack: place.number,
      offset: body.readUInt32LE(at + 32),
      length: body.readUInt32LE(at + 36),
    });
  }
  return frames;
}
