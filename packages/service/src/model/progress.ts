/** Work on an object that takes long enough to be watched. */
export const progressOperations = ['backup', 'restore', 'download', 'upload', 'copy', 'wipe'] as const;
/** One of {@link progressOperations}. */
export type ProgressOperation = (typeof progressOperations)[number];

/** How far the work on an object is. */
export interface ProgressRecord {
  /** Id of the volume, backup, … that is worked on. */
  readonly objectId: string;
  readonly operation: ProgressOperation;
  readonly doneBytes: number;
  /** Null while nobody knows. */
  readonly totalBytes: number | null;
  /** ISO 8601 UTC. */
  readonly updatedAt: string;
}

/** How far work is that goes on now. */
export interface ProgressService {
  /** Undefined when nothing is under way on the object. Costs no query: lists ask for each of their objects. */
  of(objectId: string): ProgressRecord | undefined;
}
