import { join } from 'node:path';
import { exitCodes, Stop } from './exitCodes.mjs';
import { hashContents, hasStamp, listFiles, writeStamp } from './fingerprint.mjs';
import { root } from './paths.mjs';
import { timed } from './progress.mjs';
import { executeLogged } from './run.mjs';

/** Inside node_modules, so that it goes when they go. */
const stamp = join(root, 'node_modules/.scoria-installed');

/**
 * Installs the npm dependencies that the lockfile names, when it or a package.json changed since the last time.
 * @param {import('./tools.mjs').Tools} tools
 * @returns {Promise<boolean>} whether anything was installed
 * @throws {Stop} installFailed
 */
export async function ensureDependencies(tools) {
  const manifests = ['packages', 'test'].flatMap((folder) =>
    listFiles(join(root, folder), (file) => file.endsWith('/package.json')),
  );
  const named = ['package.json', 'pnpm-workspace.yaml', 'pnpm-lock.yaml'].map((file) => join(root, file));
  const hash = hashContents([...named, ...manifests]);
  if (hasStamp(stamp, hash)) return false;
  await timed('installing npm dependencies from pnpm-lock.yaml into node_modules/', async () => {
    const args = [...tools.pnpm, 'install', '--frozen-lockfile'];
    const { code, tail } = await executeLogged('pnpm', tools.node, args, {
      env: { ...tools.env, CI: 'true' },
    });
    if (code !== 0) throw new Stop(exitCodes.installFailed, `pnpm install failed:\n${tail}`);
  });
  writeStamp(stamp, hash);
  return true;
}
