/**
 * @typedef {object} Task
 * @property {'run' | 'test' | 'lab' | undefined} needs which Debian packages it needs (`hostPackages.mjs`)
 * @property {boolean} builds whether it runs the built artefacts
 * @property {(args: string[]) => string[][]} commands arguments of Node, one list per command, run in order
 */

const source = '--conditions=scoria-source';
const vitest = 'node_modules/vitest/vitest.mjs';

/** @type {Record<string, Task>} */
const tasks = {
  quickstart: {
    needs: 'run',
    builds: true,
    commands: (args) => [[source, 'scripts/quickstart.ts', ...args]],
  },
  test: { needs: 'test', builds: true, commands: (args) => [[vitest, 'run', ...args]] },
  'test:lab': {
    needs: 'lab',
    builds: true,
    commands: (args) => [[source, 'test/lab/src/main.ts', ...args]],
  },
  check: { needs: undefined, builds: false, commands: (args) => [[source, 'scripts/check.ts', ...args]] },
  bench: { needs: 'test', builds: true, commands: (args) => [[source, 'test/bench/src/main.ts', ...args]] },
  // Without the condition: what it measures is built.
  'bench:data': {
    needs: 'test',
    builds: true,
    commands: (args) => [['test/bench/src/data/main.ts', ...args]],
  },
  build: { needs: undefined, builds: true, commands: () => [] },
  setup: { needs: 'test', builds: true, commands: () => [] },
};

/**
 * @param {string | undefined} name
 * @returns {Task | undefined}
 */
export function findTask(name) {
  return name !== undefined && Object.hasOwn(tasks, name) ? tasks[name] : undefined;
}

/** @returns {string[]} */
export function taskNames() {
  return Object.keys(tasks);
}
