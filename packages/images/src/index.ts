export type { CachedImage, ImageCache } from './cache/imageCache.ts';
export { ImageError, type ImageErrorCode } from './errors.ts';
export type { ImageTransfer, WrittenImage } from './imageTransfer.ts';
export {
  type DiskFormat,
  diskFormats,
  type ImageCaller,
  type ImageChecksum,
  type ImageDescription,
  type ImageDraft,
  type TransferOptions,
  type TransferProgress,
  type VolumeEndpoint,
} from './model.ts';
export {
  createImageSource,
  type ImageSourceOptions,
  imageSourceOptionsSchema,
} from './sources/createImageSource.ts';
export type { ImageContent, ImageSource, ImageStore } from './sources/imageSource.ts';
export type { SourceDependencies } from './sources/sourceDependencies.ts';
