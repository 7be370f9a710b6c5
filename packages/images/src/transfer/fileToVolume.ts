import { convertToVolume } from '../convert/toVolume.ts';
import type { WrittenImage } from '../imageTransfer.ts';
import { runInspector } from '../inspect/runInspector.ts';
import type { DiskFormat, ImageChecksum, VolumeEndpoint } from '../model.ts';
import { isRaw } from './checkImage.ts';
import type { TransferParts } from './dependencies.ts';
import { verifyDigest } from './errors.ts';
import { openImage } from './openImage.ts';
import type { Report } from './report.ts';
import { zeroTail } from './zeroTail.ts';

/** An image in a file, and the volume it goes to. */
export interface FileToVolume {
  readonly path: string;
  /** Whether it was written just now. */
  readonly inMemory: boolean;
  readonly declared: DiskFormat;
  /** To verify; null when it was, or when the source has none. */
  readonly checksum: ImageChecksum | null;
  readonly destination: VolumeEndpoint;
  readonly signal: AbortSignal;
  readonly report: Report;
}

/**
 * Inspects an image in a file and writes its disk onto a volume. Its digest is computed by the inspector's process while the disk is
 * written, and success waits for it.
 *
 * @throws ImageError; DataMoverError about the destination
 */
export async function fileToVolume(work: FileToVolume, parts: TransferParts): Promise<WrittenImage> {
  const { declared, checksum, destination, report } = work;
  // Whichever of the two fails ends the other.
  const both = new AbortController();
  const signal = AbortSignal.any([work.signal, both.signal]);
  const image = openImage(work.path);
  try {
    const inspection = await runInspector(
      image,
      {
        declared,
        mostVirtualBytes: destination.sizeBytes,
        sizeBytes: null,
        hash: checksum?.algorithm ?? null,
      },
      parts,
      signal,
    );
    const virtualSizeBytes = inspection.virtualSizeBytes ?? image.sizeBytes;
    report.total(virtualSizeBytes);
    const verified = inspection.digest.then((digest) => verifyDigest(checksum, digest));
    const written = isRaw(inspection.format)
      ? parts.mover.copy(
          {
            source: { path: image.path, identity: image.identity },
            destination: { path: destination.path, identity: destination.identity },
            length: virtualSizeBytes,
            destinationIsZero: destination.isZero,
          },
          { signal, onProgress: ({ doneBytes }) => report.done(doneBytes) },
        )
      : convertToVolume(
          {
            image: { path: image.path, fd: image.fd, access: 'read' },
            imageInMemory: work.inMemory,
            format: inspection.format,
            virtualSizeBytes,
            destination,
            signal,
            onShare: (share) => report.done(Math.floor(share * virtualSizeBytes)),
          },
          parts,
        );
    await bothOrNeither(written, verified, both);
    await zeroTail(parts.mover, destination, virtualSizeBytes, signal);
    image.proveUnchanged();
    report.finish(virtualSizeBytes);
    return { format: inspection.format, virtualSizeBytes, cached: false };
  } finally {
    image.close();
  }
}

/** Waits for both, and ends the other when one fails. The first failure is the one that is told. */
async function bothOrNeither(
  written: Promise<unknown>,
  verified: Promise<unknown>,
  controller: AbortController,
): Promise<void> {
  try {
    await Promise.all([written, verified]);
  } catch (error) {
    controller.abort(error);
    await Promise.allSettled([written, verified]);
    throw error;
  }
}
