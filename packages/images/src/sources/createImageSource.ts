import { z } from 'zod';
import { directorySource } from './directory/directorySource.ts';
import { directoryOptionsSchema } from './directory/options.ts';
import { glanceSource } from './glance/glanceSource.ts';
import { glanceOptionsSchema } from './glance/options.ts';
import { httpSource } from './http/httpSource.ts';
import { httpOptionsSchema } from './http/options.ts';
import type { ImageSource } from './imageSource.ts';
import type { SourceDependencies } from './sourceDependencies.ts';

/** Options of an image source; `type` says which kind. A new kind is a folder beside this file, its schema here and its case below. */
export const imageSourceOptionsSchema = z.discriminatedUnion('type', [
  directoryOptionsSchema,
  glanceOptionsSchema,
  httpOptionsSchema,
]);

/** Parsed options of an image source. */
export type ImageSourceOptions = z.output<typeof imageSourceOptionsSchema>;

/** The source that these options describe. Nothing is asked or opened before it is used. */
export function createImageSource(
  options: ImageSourceOptions,
  dependencies: SourceDependencies,
): ImageSource {
  switch (options.type) {
    case 'directory':
      return directorySource(options, dependencies);
    case 'glance':
      return glanceSource(options);
    case 'http':
      return httpSource(options);
  }
}
