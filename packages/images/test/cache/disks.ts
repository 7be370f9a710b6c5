import { createHash, randomUUID } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { CachedImage, ImageCache } from '../../src/cache/imageCache.ts';
import type { ImageDescription } from '../../src/model.ts';

const MIB = 1024 * 1024;
/** Bytes of a disk that are no hole. */
export const DATA_BYTES = 256 * 1024;
/** Bytes of a disk. */
export const DISK_BYTES = 4 * MIB;

/** The disk of image `number`: mostly a hole, and unlike any other. */
export function diskOf(number: number): Buffer {
  const disk = Buffer.alloc(DISK_BYTES);
  fill(number).copy(disk, MIB);
  return disk;
}

/** The description of image `number`. */
export function imageOf(number: number, more: Partial<ImageDescription> = {}): ImageDescription {
  const hex = createHash('sha512').update(`image ${number}`).digest('hex');
  return {
    id: randomUUID(),
    name: null,
    status: 'active',
    diskFormat: 'qcow2',
    containerFormat: 'bare',
    sizeBytes: 1,
    virtualSizeBytes: null,
    checksum: { algorithm: 'sha512', hex },
    minDiskGib: 0,
    minRamMib: 0,
    properties: {},
    location: null,
    updatedAt: null,
    ...more,
  };
}

/** Puts the disk of image `number` into the cache's staging directory. @returns its path */
export function stage(cache: ImageCache, number: number): string {
  const path = join(cache.stagingDirectory, randomUUID());
  const fd = openSync(path, 'wx', 0o600);
  ftruncateSync(fd, DISK_BYTES);
  writeSync(fd, fill(number), 0, DATA_BYTES, MIB);
  closeSync(fd);
  return path;
}

/** What a holder reads. */
export function readDisk(held: CachedImage): Buffer {
  return readFileSync(held.path);
}

function fill(number: number): Buffer {
  const seed = createHash('sha256').update(`disk ${number}`).digest();
  const data = Buffer.alloc(DATA_BYTES);
  for (let offset = 0; offset < DATA_BYTES; offset += seed.length) {
    seed.copy(data, offset);
    data.writeUInt32LE(offset, offset);
  }
  return data;
}
