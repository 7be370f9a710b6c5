import { existsSync, readFileSync } from 'node:fs';
import { aptInstall } from './apt.mjs';
import { exitCodes, Stop } from './exitCodes.mjs';
import { hostPackages } from './hostPackages.mjs';
import { isPresent } from './presence.mjs';
import { say } from './progress.mjs';

/** @type {Record<'run' | 'test' | 'lab', readonly string[]>} */
const kinds = { run: ['run'], test: ['run', 'test'], lab: ['lab'] };

/**
 * Installs the Debian packages that a task needs and this machine lacks.
 * @param {'run' | 'test' | 'lab' | undefined} needs
 * @param {import('./hostPackages.mjs').HostPackage[]} [packages]
 * @param {string} [obstacle] why this process may not install packages here
 * @returns {Promise<boolean>} whether anything was missing
 * @throws {Stop} hostPackagesMissing where it may not install; installFailed when apt-get fails
 */
export async function ensureHostPackages(needs, packages = hostPackages, obstacle = obstacleHere()) {
  if (needs === undefined) return false;
  const wanted = packages.filter((each) => kinds[needs].includes(each.for));
  const missing = wanted.filter((each) => !isPresent(each));
  if (missing.length === 0) return false;

  const names = missing.map((each) => each.name);
  say(`Debian packages are missing (${missing.length}):`);
  for (const { name, why } of missing) say(`  ${name.padEnd(24)} ${why}`);
  if (obstacle !== undefined) {
    const command = `apt-get update && apt-get install --no-install-recommends ${names.join(' ')}`;
    const contents = `They bring ${contentsOf(missing)}.`;
    const message = `${obstacle}. ${contents}\nInstall them, then run this again. On a Debian, as root:\n  ${command}`;
    throw new Stop(exitCodes.hostPackagesMissing, message);
  }
  await aptInstall(names);
  const still = missing.filter((each) => !isPresent(each));
  if (still.length === 0) return true;
  throw new Stop(exitCodes.hostPackagesMissing, `installed, but still not found: ${contentsOf(still)}`);
}

/** @param {import('./hostPackages.mjs').HostPackage[]} packages */
function contentsOf(packages) {
  return packages.flatMap((each) => [...each.programs, ...(each.files ?? [])]).join(', ');
}

/**
 * Why a process may not install Debian packages.
 * @param {number | undefined} uid
 * @param {string} osRelease text of os-release(5): ID names the distribution, ID_LIKE what it derives from
 * @returns {string | undefined}
 */
export function obstacleOf(uid, osRelease) {
  const lines = [...osRelease.matchAll(/^(?:ID|ID_LIKE)="?([^"\n]*)"?$/gm)];
  const ids = lines.flatMap(([, value = '']) => value.split(' '));
  if (!ids.includes('debian')) return 'This is no Debian, so its packages may have other names';
  if (uid !== 0) return 'Only root can install them';
  return undefined;
}

function obstacleHere() {
  const file = '/etc/os-release';
  return obstacleOf(process.getuid?.(), existsSync(file) ? readFileSync(file, 'utf8') : '');
}
