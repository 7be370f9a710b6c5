import { ImageError } from '../errors.ts';
import type { WrittenImage } from '../imageTransfer.ts';
import type { ImageCaller, ImageDescription, TransferOptions, VolumeEndpoint } from '../model.ts';
import { declaredFormat } from './checkImage.ts';
import type { TransferParts } from './dependencies.ts';
import { asImageError, throwIfAborted } from './errors.ts';
import { Report } from './report.ts';
import { throughCache } from './throughCache.ts';
import { writeDirectly } from './writeDirectly.ts';

/** See ImageTransfer.writeToVolume. */
export async function writeToVolume(
  parts: TransferParts,
  image: ImageDescription,
  caller: ImageCaller,
  destination: VolumeEndpoint,
  { signal = new AbortController().signal, onProgress }: TransferOptions = {},
): Promise<WrittenImage> {
  declaredFormat(image);
  const report = new Report(onProgress);
  checkSize(image, destination);
  try {
    throwIfAborted(signal);
    const cached = await throughCache({ parts, image, caller, destination, signal, report });
    return cached ?? (await writeDirectly({ parts, image, caller, destination, signal, report }));
  } catch (error) {
    if (signal.aborted) throw new ImageError('CANCELLED', 'cancelled', { cause: error });
    throw asImageError(error);
  }
}

/** What the source says is enough to refuse; what the image says is checked by the inspector. */
function checkSize(
  { diskFormat, sizeBytes, virtualSizeBytes }: ImageDescription,
  destination: VolumeEndpoint,
): void {
  const stored = diskFormat === 'raw' || diskFormat === 'iso' || diskFormat === 'luks' ? sizeBytes : null;
  const bytes = Math.max(stored ?? 0, virtualSizeBytes ?? 0);
  if (bytes <= destination.sizeBytes) return;
  throw new ImageError(
    'IMAGE_TOO_LARGE',
    `the disk of the image has ${bytes} bytes, the volume ${destination.sizeBytes}`,
    { rule: 'any.virtual-size' },
  );
}
