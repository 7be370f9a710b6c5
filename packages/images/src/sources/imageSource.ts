import type { ImageCaller, ImageDescription, ImageDraft } from '../model.ts';

/**
 * The bytes of an image.
 *
 * - `file`: a file of this host that can be read in place; it is the source's own and stays.
 * - `stream`: a pipe, filled by a child process. `finished` resolves when all of it was sent and rejects with ImageError when not.
 */
export type ImageContent =
  | {
      readonly kind: 'file';
      readonly path: string;
      /** Says that it is not read any more. Idempotent. */
      readonly close: () => Promise<void>;
    }
  | {
      readonly kind: 'stream';
      /** Read end of a pipe. */
      readonly fd: number;
      readonly finished: Promise<void>;
      /** Ends the child if it still runs, and closes the pipe. Idempotent. */
      readonly close: () => Promise<void>;
    };

/** A place that images come from and, where it can store any, go to. One implementation per folder beside this file. */
export interface ImageSource {
  /** Name in the configuration. */
  readonly name: string;
  /** @throws ImageError IMAGE_NOT_FOUND, SOURCE_REFUSED (not allowed), SOURCE_UNAVAILABLE */
  describe(imageId: string, caller: ImageCaller, signal: AbortSignal): Promise<ImageDescription>;
  /** @throws ImageError as describe */
  open(image: ImageDescription, caller: ImageCaller, signal: AbortSignal): Promise<ImageContent>;
  /** Present where images can be stored. */
  readonly store?: ImageStore;
}

/** The writing side of a source. */
export interface ImageStore {
  /** Makes a record without bytes. @throws ImageError */
  create(draft: ImageDraft, caller: ImageCaller, signal: AbortSignal): Promise<ImageDescription>;
  /**
   * Uploads the bytes of a file, or of a pipe's read end, and waits until the source says they are stored.
   *
   * @returns the description read back, with the size and checksum that the source computed
   * @throws ImageError
   */
  upload(
    imageId: string,
    content:
      | { readonly kind: 'file'; readonly path: string }
      | { readonly kind: 'stream'; readonly fd: number },
    caller: ImageCaller,
    signal: AbortSignal,
  ): Promise<ImageDescription>;
  /** Removes an image, whole or not. Idempotent. @throws ImageError */
  remove(imageId: string, caller: ImageCaller, signal: AbortSignal): Promise<void>;
}
