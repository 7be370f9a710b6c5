import { ImageError } from '../errors.ts';
import type { WrittenImage } from '../imageTransfer.ts';
import { HEAD_BYTES } from '../inspect/byteSource.ts';
import { runInspector } from '../inspect/runInspector.ts';
import type { DiskFormat, ImageDescription, VolumeEndpoint } from '../model.ts';
import type { TransferParts } from './dependencies.ts';
import { throwIfAborted, verifyDigest } from './errors.ts';
import { readHead } from './readHead.ts';
import { type ImageStream, receiveStream } from './receiveStream.ts';
import type { Report } from './report.ts';
import { zeroTail } from './zeroTail.ts';

/** A raw image that comes through a pipe, and the volume it goes to. */
export interface StreamToVolume {
  readonly image: ImageDescription;
  readonly declared: DiskFormat;
  readonly stream: ImageStream;
  readonly destination: VolumeEndpoint;
  readonly signal: AbortSignal;
  readonly report: Report;
}

/**
 * Writes a raw image straight onto a volume as it comes, its first bytes inspected before anything is written.
 *
 * @throws ImageError; DataMoverError about the destination
 */
export async function streamToVolume(work: StreamToVolume, parts: TransferParts): Promise<WrittenImage> {
  const { image, declared, stream, destination, signal, report } = work;
  const { checksum, sizeBytes } = image;
  const head = await readHead(stream.fd, HEAD_BYTES);
  throwIfAborted(signal);
  const inspection = await runInspector(
    { head },
    { declared, mostVirtualBytes: destination.sizeBytes, sizeBytes, hash: null },
    parts,
    signal,
  );
  report.total(sizeBytes);
  const received = await receiveStream(
    parts.mover,
    stream,
    {
      head,
      destination: { path: destination.path, identity: destination.identity },
      length: sizeBytes,
      most: destination.sizeBytes,
      destinationIsZero: destination.isZero,
      hashes: checksum === null ? [] : [checksum.algorithm],
    },
    signal,
    report,
  );
  if (received.bytes < head.length)
    throw new ImageError('CONVERSION_FAILED', `the image ended after ${received.bytes} bytes`);
  verifyDigest(checksum, checksum === null ? null : (received.digests[checksum.algorithm] ?? null));
  await zeroTail(parts.mover, destination, received.bytes, signal);
  report.finish(received.bytes);
  return { format: inspection.format, virtualSizeBytes: received.bytes, cached: false };
}
