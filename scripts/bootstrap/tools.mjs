import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { exitCodes, Stop } from './exitCodes.mjs';
import { root, toolsFolder } from './paths.mjs';
import { nodeMajor, pins } from './pins.mjs';
import { timed } from './progress.mjs';
import { executeLogged } from './run.mjs';

const modules = join(toolsFolder, 'node_modules');
const runningNodeIsOld = Number.parseInt(process.versions.node, 10) < nodeMajor;

/**
 * Installs what is missing of Node and pnpm into `.tools/`.
 * @returns {Promise<boolean>} whether anything was missing
 * @throws {Stop} installFailed
 */
export async function ensureTools() {
  const wanted = runningNodeIsOld ? [pins.node, pins.pnpm] : [pins.pnpm];
  const missing = wanted.filter((pin) => !isInstalled(pin));
  if (missing.length === 0) return false;
  const names = missing.map((pin) => `${pin.package} ${pin.version}`).join(' and ');
  const reason = missing.includes(pins.node)
    ? `this is Node ${process.versions.node}, ${nodeMajor} is needed; `
    : '';
  // A Node that an earlier run put there stays, or npm would prune it.
  const keep = isInstalled(pins.node) && !wanted.includes(pins.node) ? [pins.node] : [];
  const dependencies = Object.fromEntries([...wanted, ...keep].map((pin) => [pin.package, pin.version]));
  mkdirSync(toolsFolder, { recursive: true });
  writeFileSync(
    join(toolsFolder, 'package.json'),
    `${JSON.stringify({ private: true, dependencies }, null, 2)}\n`,
  );
  await timed(`installing ${names} into .tools/ (${reason}only for this checkout)`, npmInstall);
  return true;
}

/**
 * The programs that every later step runs, with an environment where they come first.
 * @typedef {{node: string, pnpm: string[], env: NodeJS.ProcessEnv}} Tools
 * @returns {Tools}
 */
export function findTools() {
  const node = runningNodeIsOld ? join(modules, pins.node.package, 'bin/node') : process.execPath;
  const path = [
    dirname(node),
    join(modules, '.bin'),
    join(root, 'node_modules/.bin'),
    process.env['PATH'] ?? '',
  ];
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...process.env, PATH: path.join(delimiter) };
  // Left by `npm run`; it names this folder's parent project to a package manager.
  delete env['npm_config_local_prefix'];
  return { node, pnpm: [join(modules, 'pnpm/bin/pnpm.mjs')], env };
}

/** @param {{package: string, version: string}} pin */
function isInstalled(pin) {
  const manifest = join(modules, pin.package, 'package.json');
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === pin.version;
}

async function npmInstall() {
  const args = [
    'install',
    '--prefix',
    toolsFolder,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--no-package-lock',
  ];
  // `npm run` names the npm that runs us; its script is started by the Node that runs us.
  const npm = process.env['npm_execpath'];
  const isNpm = npm !== undefined && /npm-cli\.c?js$/.test(npm);
  const { code, tail } = isNpm
    ? await executeLogged('tools', process.execPath, [npm, ...args])
    : await executeLogged('tools', 'npm', args);
  if (code !== 0) throw new Stop(exitCodes.installFailed, `npm could not install the tools:\n${tail}`);
}
