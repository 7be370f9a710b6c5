import type {
  DiskFormat,
  ImageCaller,
  ImageDescription,
  ImageDraft,
  TransferOptions,
  VolumeEndpoint,
} from './model.ts';

/** What writing an image onto a volume did. */
export interface WrittenImage {
  /** What the inspector found it to be. */
  readonly format: DiskFormat;
  /** Bytes of the disk inside. */
  readonly virtualSizeBytes: number;
  /** Whether it came out of the image cache. */
  readonly cached: boolean;
}

/** Moves images between their source and volumes. */
export interface ImageTransfer {
  /** @throws ImageError IMAGE_NOT_FOUND, SOURCE_REFUSED, SOURCE_UNAVAILABLE */
  describe(imageId: string, caller: ImageCaller, signal?: AbortSignal): Promise<ImageDescription>;
  /**
   * Writes an image onto a volume: inspected first, its format explicit, its checksum verified, the rest of the volume made
   * zero. Idempotent. Success means that it is durable.
   *
   * @throws ImageError; DataMoverError about the volume itself: not the right one, full, failing
   */
  writeToVolume(
    image: ImageDescription,
    caller: ImageCaller,
    destination: VolumeEndpoint,
    options?: TransferOptions,
  ): Promise<WrittenImage>;
  /** Makes the record of an image to upload to. @throws ImageError SOURCE_READ_ONLY and others */
  createImage(draft: ImageDraft, caller: ImageCaller): Promise<ImageDescription>;
  /** Uploads a volume (always read as raw) to a record that {@link createImage} made. @throws ImageError; DataMoverError about the volume */
  uploadVolume(
    imageId: string,
    source: VolumeEndpoint,
    format: { readonly diskFormat: DiskFormat; readonly compress: boolean },
    caller: ImageCaller,
    options?: TransferOptions,
  ): Promise<ImageDescription>;
  /** Removes what a failed upload left. Idempotent. @throws ImageError */
  removeImage(imageId: string, caller: ImageCaller): Promise<void>;
  /** Removes what processes that are gone left in the conversion directory. */
  sweep(): Promise<void>;
}
