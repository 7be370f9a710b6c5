/** Whose bytes an operation writes, where it is not the object that the operation is on: a restore is on a backup and writes a volume. */
export const dirtyObjects = {
  name: '0005-dirty-objects',
  statements: ['ALTER TABLE dirty_destinations ADD COLUMN object_id TEXT'],
} as const;
