// The one entry of every root npm script: `node scripts/bootstrap.mjs <task> [arguments]`. It prepares the checkout
// (each step is skipped when its result is already there) and then runs the task. Plain JavaScript for Node 20 and
// no dependencies, because it runs before anything is installed.
import { buildIfChanged } from './bootstrap/build.mjs';
import { ensureDependencies } from './bootstrap/dependencies.mjs';
import { ensureHostPackages } from './bootstrap/ensureHostPackages.mjs';
import { exitCodes, Stop } from './bootstrap/exitCodes.mjs';
import { say } from './bootstrap/progress.mjs';
import { execute } from './bootstrap/run.mjs';
import { findTask, taskNames } from './bootstrap/tasks.mjs';
import { ensureTools, findTools } from './bootstrap/tools.mjs';

/**
 * @param {string[]} argv the task's name and its arguments
 * @returns {Promise<number>} exit code
 */
async function main(argv) {
  const [name, ...args] = argv;
  const task = findTask(name);
  if (task === undefined) {
    throw new Stop(
      exitCodes.usage,
      `usage: node scripts/bootstrap.mjs <${taskNames().join('|')}> [arguments]`,
    );
  }
  // First, because it is the step that a person may have to act on.
  const added = await ensureHostPackages(task.needs);
  const missingTools = await ensureTools();
  const tools = findTools();
  const installed = await ensureDependencies(tools);
  const built = task.builds ? await buildIfChanged(tools) : false;
  if (!added && !missingTools && !installed && !built) say('already set up');
  for (const command of task.commands(args)) {
    const code = await execute(tools.node, command, { env: tools.env });
    if (code !== 0) return code;
  }
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Stop)) throw error;
  console.error(`scoria: ${error.message}`);
  process.exitCode = error.exitCode;
}
