import type { DataMover } from '@scoria/data-mover';
import type { ImageCache } from '../cache/imageCache.ts';
import type { Conversion } from '../convert/runQemuImg.ts';
import type { ImageSource } from '../sources/imageSource.ts';

/** What moving an image takes. */
export interface TransferParts extends Conversion {
  readonly source: ImageSource;
  readonly mover: DataMover;
  /** Where images are kept while they are converted. */
  readonly conversionDirectory: string;
  readonly cache: ImageCache | null;
}
