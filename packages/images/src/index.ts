export { createImageCache, type ImageCacheOptions } from './cache/createImageCache.ts';
export type { CachedImage, ImageCache } from './cache/imageCache.ts';
export { ImageError, type ImageErrorCode } from './errors.ts';
export type { ImageTransfer, WrittenImage } from './imageTransfer.ts';
export { type ByteSource, fileBytes, HEAD_BYTES, headBytes } from './inspect/byteSource.ts';
export type { Accepted, InspectionRequest } from './inspect/detector.ts';
export { inspectBytes } from './inspect/inspectBytes.ts';
export { type InspectionRule, inspectionRules, RuleBroken } from './inspect/rules.ts';
export { defaultLimits, type ImageLimits } from './limits.ts';
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
export type { SandboxLevel } from './sandbox/isolation.ts';
export { Sandbox } from './sandbox/sandbox.ts';
export {
  createImageSource,
  type ImageSourceOptions,
  imageSourceOptionsSchema,
} from './sources/createImageSource.ts';
export type { ImageContent, ImageSource, ImageStore } from './sources/imageSource.ts';
export type { SourceDependencies } from './sources/sourceDependencies.ts';
export { createImageTransfer, type ImageTransferOptions } from './transfer/createImageTransfer.ts';
