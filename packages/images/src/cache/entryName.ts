import type { ImageDescription } from '../model.ts';
import { diskFormats } from '../model.ts';

/** What an entry's name says: all that must be known of it, so that a name and its meaning come and go together. */
export interface EntryName {
  /** Which image, and as what it was read. */
  readonly key: string;
  /** Bytes of the raw disk. */
  readonly sizeBytes: number;
  /** SHA-256 of the raw disk, lower-case hexadecimal. */
  readonly sha256: string;
}

const ENTRY = /^((?:sha256|sha512)-[0-9a-f]+-[a-z0-9]+)\.(\d+)\.([0-9a-f]{64})\.raw$/;

/**
 * The key of an image's disk: its checksum and the format that it is declared to be, since the same bytes are another disk in another
 * format. Null when it has none that can be relied on: collisions of MD5 and SHA-1 are made to order, and one would put a stranger's
 * disk into another's volume.
 */
export function cacheKey({ checksum, diskFormat }: ImageDescription): string | null {
  if (checksum === null || diskFormat === null) return null;
  const digits = { md5: 0, sha1: 0, sha256: 64, sha512: 128 }[checksum.algorithm];
  if (digits === 0 || checksum.hex.length !== digits || !/^[0-9a-f]+$/.test(checksum.hex)) return null;
  const format = diskFormats.find((each) => each === diskFormat);
  return format === undefined ? null : `${checksum.algorithm}-${checksum.hex}-${format}`;
}

/** File name of an entry; at most 221 bytes. */
export function formatEntryName({ key, sizeBytes, sha256 }: EntryName): string {
  return `${key}.${sizeBytes}.${sha256}.raw`;
}

/** Reads the file name of an entry; null when it is none. */
export function parseEntryName(name: string): EntryName | null {
  const [, key, size, sha256] = ENTRY.exec(name) ?? [];
  if (key === undefined || size === undefined || sha256 === undefined) return null;
  const sizeBytes = Number(size);
  return Number.isSafeInteger(sizeBytes) ? { key, sizeBytes, sha256 } : null;
}
