import type { DataMover } from '@scoria/data-mover';

/** What a source may use. */
export interface SourceDependencies {
  /** Copies into a directory's files; started and closed by its owner. */
  readonly mover: DataMover;
}
