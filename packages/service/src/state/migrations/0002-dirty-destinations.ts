/** Where work is under way: what may hold neither the old bytes nor the new ones. */
export const dirtyDestinations = {
  name: '0002-dirty-destinations',
  statements: [
    `CREATE TABLE dirty_destinations (
      entry_id INTEGER NOT NULL REFERENCES journal_entries(id) ON DELETE CASCADE,
      -- A digest of what the work is: the same work has the same piece, also after a restart.
      piece TEXT NOT NULL,
      kind TEXT NOT NULL,
      path TEXT NOT NULL,
      identity TEXT NOT NULL,
      first_byte INTEGER NOT NULL,
      length INTEGER NOT NULL,
      durable_bytes INTEGER NOT NULL,
      -- 1: it is going to be removed, and good for nothing whatever becomes of the work.
      doomed INTEGER NOT NULL,
      run INTEGER NOT NULL,
      started_at TEXT NOT NULL,
      PRIMARY KEY (entry_id, piece)
    ) STRICT, WITHOUT ROWID`,
  ],
} as const;
