/** Backups, and how far long work is. */
export const backups = {
  name: '0003-backups',
  statements: [
    `CREATE TABLE progress (
      object_id TEXT PRIMARY KEY,
      operation TEXT NOT NULL,
      done_bytes INTEGER NOT NULL,
      total_bytes INTEGER,
      updated_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
    `CREATE TABLE backups (
      id TEXT PRIMARY KEY,
      project_id TEXT NOT NULL,
      user_id TEXT NOT NULL,
      -- Without a reference: a backup outlives its volume, its snapshot and its parent.
      volume_id TEXT NOT NULL,
      snapshot_id TEXT,
      parent_id TEXT,
      display_name TEXT,
      display_description TEXT,
      size INTEGER NOT NULL CHECK (size >= 0),
      status TEXT NOT NULL,
      availability_zone TEXT,
      host TEXT NOT NULL,
      container TEXT,
      -- The backend whose driver holds it itself; null: it is in the repository.
      held_by TEXT,
      stored_bytes INTEGER,
      object_count INTEGER NOT NULL,
      volume_facts TEXT NOT NULL,
      data_timestamp TEXT NOT NULL,
      created_at TEXT NOT NULL,
      updated_at TEXT,
      failure TEXT
    ) STRICT`,
    'CREATE INDEX backups_by_creation ON backups (created_at, id)',
    'CREATE INDEX backups_by_project ON backups (project_id, created_at, id)',
    'CREATE INDEX backups_by_volume ON backups (volume_id)',
    'CREATE INDEX backups_by_parent ON backups (parent_id) WHERE parent_id IS NOT NULL',
    `CREATE TABLE backup_metadata (
      owner_id TEXT NOT NULL REFERENCES backups(id) ON DELETE CASCADE,
      key TEXT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (owner_id, key)
    ) STRICT, WITHOUT ROWID`,
    'CREATE INDEX backup_metadata_by_pair ON backup_metadata (key, value)',
    `CREATE TABLE backup_repositories (
      place TEXT PRIMARY KEY,
      repository_id TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
  ],
} as const;
