import type { WrittenImage } from '../imageTransfer.ts';
import type { ImageCaller, ImageDescription, VolumeEndpoint } from '../model.ts';
import { declaredFormat, isRaw } from './checkImage.ts';
import type { TransferParts } from './dependencies.ts';
import { fileToVolume } from './fileToVolume.ts';
import type { Report } from './report.ts';
import { withSpooled } from './spool.ts';
import { streamToVolume } from './streamToVolume.ts';

/** One image on its way to one volume. */
export interface Write {
  readonly parts: TransferParts;
  readonly image: ImageDescription;
  readonly caller: ImageCaller;
  readonly destination: VolumeEndpoint;
  readonly signal: AbortSignal;
  readonly report: Report;
}

/** What a format needs beside the bytes of the disk, at most. */
const OVERHEAD_BYTES = 64 * 1024 * 1024;

/** Takes the image from its source, by the shortest way that its format allows. @throws ImageError; DataMoverError about the destination */
export async function writeDirectly({
  parts,
  image,
  caller,
  destination,
  signal,
  report,
}: Write): Promise<WrittenImage> {
  const declared = declaredFormat(image);
  const content = await parts.source.open(image, caller, signal);
  const onAbort = (): void => void content.close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const work = { declared, destination, signal, report };
    if (content.kind === 'file')
      return await fileToVolume(
        { ...work, path: content.path, inMemory: false, checksum: image.checksum },
        parts,
      );
    if (isRaw(declared)) return await streamToVolume({ ...work, image, stream: content }, parts);
    const mostBytes = destination.sizeBytes + Math.floor(destination.sizeBytes / 8) + OVERHEAD_BYTES;
    return await withSpooled(image, content, mostBytes, signal, parts, (path) =>
      fileToVolume({ ...work, path, inMemory: true, checksum: null }, parts),
    );
  } finally {
    signal.removeEventListener('abort', onAbort);
    await content.close();
  }
}
