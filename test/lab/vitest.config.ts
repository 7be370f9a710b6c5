import { defineConfig } from 'vitest/config';

const conditions = ['scoria-source', 'module', 'node', 'import', 'default'];
const resolve = { conditions };

/** Runs in the guest, where two emulated cores do the work of everything: nothing in parallel, and patience. */
export default defineConfig({
  root: `${import.meta.dirname}/../..`,
  cacheDir: '/tmp/vite',
  resolve,
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    name: 'lab',
    include: ['test/lab/suites/**/*.lab.ts'],
    reporters: ['verbose', ['json', { outputFile: '/mnt/out/results.json' }]],
    pool: 'forks',
    execArgv: ['--conditions=scoria-source'],
    fileParallelism: false,
    isolate: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 30_000,
  },
});
