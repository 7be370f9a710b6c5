import { readFileSync } from 'node:fs';
import { aptInstall } from './apt.mjs';
import { exitCodes, Stop } from './exitCodes.mjs';
import { hostPackages } from './hostPackages.mjs';
import { isPresent } from './presence.mjs';
import { say } from './progress.mjs';

/**
 * Installs the Debian packages that a task needs and this machine lacks.
 * @param {'run' | 'test' | undefined} needs
 * @returns {Promise<boolean>} whether anything was missing
 * @throws {Stop} hostPackagesMissing where it may not install; installFailed when apt-get fails
 */
export async function ensureHostPackages(needs) {
  if (needs === undefined) return false;
  const wanted = hostPackages.filter((each) => needs === 'test' || each.for === 'run');
  const missing = wanted.filter((each) => !isPresent(each));
  if (missing.length === 0) return false;

  const names = missing.map((each) => each.name);
  say(`${missing.length} Debian packages are missing:`);
  for (const { name, why } of missing) say(`  ${name.padEnd(24)} ${why}`);
  const obstacle = whyNotInstall();
  if (obstacle !== undefined) {
    const command = `apt-get update && apt-get install --no-install-recommends ${names.join(' ')}`;
    throw new Stop(
      exitCodes.hostPackagesMissing,
      `${obstacle}. Install them yourself, then run this again:\n  ${command}`,
    );
  }
  await aptInstall(names);
  const still = missing.filter((each) => !isPresent(each));
  if (still.length === 0) return true;
  const lacking = still.map(
    (each) => `${each.name} (${[...each.programs, ...(each.files ?? [])].join(', ')})`,
  );
  throw new Stop(exitCodes.hostPackagesMissing, `installed, but still not found: ${lacking.join('; ')}`);
}

/** @returns {string | undefined} why this process may not install packages here */
function whyNotInstall() {
  if (!isDebian()) return 'This is no Debian, so its packages have other names';
  if (process.getuid?.() !== 0) return 'Only root can install them';
  return undefined;
}

/** os-release(5): ID names the distribution, ID_LIKE what it derives from. */
function isDebian() {
  let text;
  try {
    text = readFileSync('/etc/os-release', 'utf8');
  } catch {
    return false;
  }
  const ids = [...text.matchAll(/^(?:ID|ID_LIKE)="?([^"\n]*)"?$/gm)].flatMap(([, value = '']) =>
    value.split(' '),
  );
  return ids.includes('debian');
}
