import { ContractError, type ErrorCode } from '@scoria/core/contract';
import { ImageError, type ImageErrorCode } from '@scoria/images';
import { ServiceError, type ServiceErrorKind } from '../model/index.ts';

/** What an image's error means for the operation that works with it. */
const codes: Readonly<Record<ImageErrorCode, ErrorCode>> = {
  IMAGE_NOT_FOUND: 'NOT_FOUND',
  IMAGE_NOT_ACTIVE: 'IMAGE_UNACCEPTABLE',
  SOURCE_REFUSED: 'IMAGE_UNACCEPTABLE',
  SOURCE_UNAVAILABLE: 'BACKEND_UNAVAILABLE',
  SOURCE_READ_ONLY: 'UNIMPLEMENTED',
  UNSAFE_IMAGE: 'IMAGE_UNACCEPTABLE',
  FORMAT_NOT_SUPPORTED: 'IMAGE_UNACCEPTABLE',
  IMAGE_TOO_LARGE: 'IMAGE_UNACCEPTABLE',
  CHECKSUM_MISMATCH: 'IMAGE_UNACCEPTABLE',
  CONVERSION_FAILED: 'IMAGE_UNACCEPTABLE',
  NO_SPACE: 'NO_SPACE',
  TOOL_MISSING: 'TOOL_MISSING',
  CANCELLED: 'CANCELLED',
};

/** What it means for the request of a client. */
const kinds: Readonly<Record<ImageErrorCode, ServiceErrorKind>> = {
  IMAGE_NOT_FOUND: 'ImageNotFound',
  IMAGE_NOT_ACTIVE: 'InvalidImage',
  SOURCE_REFUSED: 'Forbidden',
  SOURCE_UNAVAILABLE: 'ServiceUnavailable',
  SOURCE_READ_ONLY: 'InvalidImage',
  UNSAFE_IMAGE: 'InvalidImage',
  FORMAT_NOT_SUPPORTED: 'InvalidImage',
  IMAGE_TOO_LARGE: 'InvalidImage',
  CHECKSUM_MISMATCH: 'InvalidImage',
  CONVERSION_FAILED: 'InvalidImage',
  NO_SPACE: 'ServiceUnavailable',
  TOOL_MISSING: 'ServiceUnavailable',
  CANCELLED: 'ServiceUnavailable',
};

/** Runs work with images in an operation. @throws ContractError with the name of the inspector's rule in its message */
export async function inOperation<Result>(imageId: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    throw new ContractError(codes[error.code], textOf(imageId, error), {
      details: { image: imageId, reason: error.code, ...(error.rule !== null && { rule: error.rule }) },
      cause: error,
    });
  }
}

/** Runs work with images for a client that waits. @throws ServiceError */
export async function inRequest<Result>(imageId: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    throw new ServiceError(kinds[error.code], textOf(imageId, error), { cause: error });
  }
}

function textOf(imageId: string, { rule, message }: ImageError): string {
  const named = message.includes(imageId) ? message : `image ${imageId}: ${message}`;
  return rule === null || named.includes(rule) ? named : `${named} (rule ${rule})`;
}
