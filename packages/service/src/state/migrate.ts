import type Database from 'better-sqlite3';
import { z } from 'zod';
import { type Migration, migrations } from './migrations/index.ts';

const appliedSchema = z.array(z.object({ name: z.string() }));

/**
 * Brings a database to the newest schema; forward only.
 *
 * @throws Error when the database holds a migration that this build does not know: it was written by a newer one.
 */
export function migrate(database: Database.Database, wanted: readonly Migration[] = migrations): void {
  database.exec(
    'CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY, applied_at TEXT NOT NULL) STRICT',
  );
  const rows = database.prepare('SELECT name FROM schema_migrations ORDER BY name').all();
  const applied = new Set(appliedSchema.parse(rows).map(({ name }) => name));
  const unknown = [...applied].filter((name) => !wanted.some((migration) => migration.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `the database has migrations that this version does not know (${unknown.join(', ')}): start the version that wrote it, or a newer one`,
    );
  }
  const record = database.prepare('INSERT INTO schema_migrations (name, applied_at) VALUES (?, ?)');
  for (const migration of wanted) {
    if (applied.has(migration.name)) continue;
    database.transaction(() => {
      for (const statement of migration.statements) database.exec(statement);
      record.run(migration.name, new Date().toISOString());
    })();
  }
}
