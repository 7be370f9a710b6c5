import type { Identity } from '@scoria/data-mover';
import type { ImageDescription } from '../model.ts';

/** The disk of an image, raw and sparse, ready to be copied or reflinked. It stays as it is until it is released. */
export interface CachedImage {
  /** Absolute path; this holder's own name of the file. Read it, never write it. */
  readonly path: string;
  /** What the file shows to the data mover. */
  readonly identity: Identity;
  /** Bytes of the disk: the length to copy. */
  readonly sizeBytes: number;
  /** Gives it back; from then on it may be evicted. Idempotent. */
  release(): Promise<void>;
}

/**
 * Disks of images, by the checksum of the image and the format it is declared to be; never by the id alone.
 *
 * The cache asks nobody whether the caller may have the image: describe it at its source first, every time.
 */
export interface ImageCache {
  /**
   * Where files must be made that shall be stored: the same file system as the entries, private to this process. What is left in it
   * by a process that is gone is swept by the next.
   */
  readonly stagingDirectory: string;
  /** Whether an image can be cached at all: it has a checksum that is strong enough, and a supported format. */
  accepts(image: ImageDescription): boolean;
  /**
   * The image's disk, proven to be what was stored; null when it is not there. A damaged entry is removed and is not there.
   *
   * @throws ImageError CANCELLED
   */
  lookup(image: ImageDescription, signal: AbortSignal): Promise<CachedImage | null>;
  /**
   * Takes a raw file from {@link stagingDirectory} as the image's disk; the file's name is gone from there afterwards, in any case. Only
   * for bytes that came from an image whose checksum was verified. Entries that are not in use are evicted to make room.
   *
   * @returns the file, held as by {@link lookup}, also when it could not be kept: then it is gone when it is released
   * @throws ImageError NO_SPACE, CANCELLED
   */
  store(image: ImageDescription, rawFile: string, signal: AbortSignal): Promise<CachedImage>;
  /** Gives back what is still held. Entries stay. Idempotent. */
  close(): Promise<void>;
}
