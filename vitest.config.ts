import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * Workspace packages resolve to their TypeScript sources, so tests need no build of the package they test; the data mover's threads
 * alone are built (scripts/vitest/buildWorker.ts).
 */
const conditions = ['scoria-source', 'node', 'import', 'default'];
const resolve = { conditions };
const ssr = { resolve: { conditions, externalConditions: conditions } };

export default defineConfig({
  resolve,
  ssr,
  test: {
    reporters: ['default', './scripts/vitest/totalReporter.ts'],
    // Tests wait for disks, daemons and processes: a worker per processor does not fill them.
    maxWorkers: availableParallelism(),
    projects: [
      {
        resolve,
        ssr,
        test: {
          name: 'packages',
          include: [
            'packages/**/test/**/*.test.ts',
            'scripts/test/**/*.test.ts',
            'test/{bench,lab}/test/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', '**/dist/**', '**/fixtures/**'],
          globalSetup: ['scripts/vitest/buildWorker.ts'],
          pool: 'forks',
          // Forked test workers load untransformed workspace files (fixtures) by the same condition.
          execArgv: ['--conditions=scoria-source'],
          // What starts processes may take its time where others do too; nothing is judged by how long it takes.
          testTimeout: 60_000,
          hookTimeout: 90_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        resolve,
        ssr,
        test: {
          // End-to-end tests run the built artefacts (`dist/`) with real daemons: one file at a time, after the rest.
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/fixtures/**'],
          pool: 'forks',
          execArgv: ['--conditions=scoria-source'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
