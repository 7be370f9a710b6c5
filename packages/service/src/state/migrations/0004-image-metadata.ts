/** What is known of the image in a volume, and what the service itself has attached to this host. */
export const imageMetadata = {
  name: '0004-image-metadata',
  statements: [
    `CREATE TABLE volume_image_metadata (
      owner_id TEXT NOT NULL REFERENCES volumes(id) ON DELETE CASCADE,
      key TEXT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (owner_id, key)
    ) STRICT, WITHOUT ROWID`,
    'CREATE INDEX volume_image_metadata_by_pair ON volume_image_metadata (key, value)',
    `CREATE TABLE snapshot_image_metadata (
      owner_id TEXT NOT NULL REFERENCES snapshots(id) ON DELETE CASCADE,
      key TEXT NOT NULL,
      value TEXT NOT NULL,
      PRIMARY KEY (owner_id, key)
    ) STRICT, WITHOUT ROWID`,
    // Without a reference to the volume: what is attached outlives the record of whatever it belongs to.
    `CREATE TABLE service_attachments (
      volume_id TEXT PRIMARY KEY,
      initiator TEXT NOT NULL,
      connector TEXT NOT NULL,
      connection_info TEXT,
      created_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID`,
  ],
} as const;
