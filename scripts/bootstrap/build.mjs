import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exitCodes, Stop } from './exitCodes.mjs';
import { cacheStamp, hashStats, hasStamp, listFiles, writeStamp } from './fingerprint.mjs';
import { root } from './paths.mjs';
import { execute } from './run.mjs';

const stamp = cacheStamp('build');

/**
 * Builds every package when a source changed since the last build, or a result is gone.
 * @param {import('./tools.mjs').Tools} tools
 * @returns {Promise<boolean>} whether it built
 * @throws {Stop} buildFailed
 */
export async function buildIfChanged(tools) {
  const sources = [
    join(root, 'pnpm-lock.yaml'),
    ...listFiles(join(root, 'packages'), (file) => /\/src\/|\/package\.json$/.test(file)),
    ...listFiles(join(root, 'scripts'), (file) => file.endsWith('.ts')),
  ];
  const hash = hashStats(sources);
  if (hasStamp(stamp, hash) && everyPackageHasResults(sources)) return false;
  const code = await execute(tools.node, ['--conditions=scoria-source', 'scripts/build.ts'], {
    env: tools.env,
  });
  if (code !== 0) throw new Stop(exitCodes.buildFailed, 'the sources do not build, see above');
  writeStamp(stamp, hash);
  return true;
}

/** @param {string[]} sources */
function everyPackageHasResults(sources) {
  return sources
    .filter((file) => file.endsWith('/src/index.ts'))
    .every((file) => existsSync(join(dirname(dirname(file)), 'dist')));
}
