import { truncate } from 'node:fs/promises';
import { DataMoverError } from '@scoria/data-mover';
import { ImageError } from '../errors.ts';
import type { ImageDescription } from '../model.ts';
import type { TransferParts } from './dependencies.ts';
import { verifyDigest } from './errors.ts';
import { openImage } from './openImage.ts';
import { type ImageStream, receiveStream } from './receiveStream.ts';
import { Report } from './report.ts';
import { withTemporaryFile } from './temporaryFile.ts';

/**
 * Keeps an image that must be whole before it can be read, in the conversion directory, verified, for as long as `use` takes.
 *
 * @param mostBytes of the image, where the source does not say how many it has
 * @throws ImageError NO_SPACE when the directory is full, CHECKSUM_MISMATCH, and others
 */
export async function withSpooled<T>(
  image: ImageDescription,
  stream: ImageStream,
  mostBytes: number,
  signal: AbortSignal,
  parts: TransferParts,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const { checksum, sizeBytes } = image;
  const most = sizeBytes ?? mostBytes;
  return withTemporaryFile(parts.conversionDirectory, most, async (path) => {
    const file = openImage(path);
    try {
      const { bytes, digests } = await receiveStream(
        parts.mover,
        stream,
        {
          destination: { path, identity: file.identity },
          length: sizeBytes,
          most,
          destinationIsZero: true,
          hashes: checksum === null ? [] : [checksum.algorithm],
        },
        signal,
        new Report(undefined),
      );
      verifyDigest(checksum, checksum === null ? null : (digests[checksum.algorithm] ?? null));
      await truncate(path, bytes);
    } catch (error) {
      throw ofSpool(error);
    } finally {
      file.close();
    }
    return use(path);
  });
}

/** The file is ours, so what is wrong with it is no error of the volume. */
function ofSpool(error: unknown): unknown {
  if (!(error instanceof DataMoverError)) return error;
  const code = error.code === 'NO_SPACE' ? 'NO_SPACE' : 'CONVERSION_FAILED';
  return new ImageError(code, `the image cannot be kept in the conversion directory: ${error.message}`, {
    cause: error,
  });
}
