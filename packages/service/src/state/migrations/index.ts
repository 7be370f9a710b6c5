import { initial } from './0001-initial.ts';
import { dirtyDestinations } from './0002-dirty-destinations.ts';
import { backups } from './0003-backups.ts';
import { imageMetadata } from './0004-image-metadata.ts';
import { dirtyObjects } from './0005-dirty-objects.ts';

/** One step of the schema: forward only, applied in one transaction. */
export interface Migration {
  readonly name: string;
  readonly statements: readonly string[];
}

/** In the order they apply. A released migration is never edited: add another. */
export const migrations: readonly Migration[] = [
  initial,
  dirtyDestinations,
  backups,
  imageMetadata,
  dirtyObjects,
];
