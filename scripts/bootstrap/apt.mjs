import { exitCodes, Stop } from './exitCodes.mjs';
import { timed } from './progress.mjs';
import { executeLogged } from './run.mjs';
import { withoutServices } from './withoutServices.mjs';

const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' };
// Another apt on the machine (unattended upgrades) is waited for.
const waiting = ['-o', 'DPkg::Lock::Timeout=300'];

/**
 * Installs packages without their recommendations, and without starting the services they bring.
 * @param {string[]} names
 * @throws {Stop} installFailed, with the end of apt's output
 */
export async function aptInstall(names) {
  await timed('apt-get update', () => aptGet('apt-update', ['update']));
  await timed(`apt-get install of ${names.length} packages`, () =>
    withoutServices(() => aptGet('apt-install', ['install', '--yes', '--no-install-recommends', ...names])),
  );
}

/**
 * @param {string} log
 * @param {string[]} args
 */
async function aptGet(log, args) {
  const { code, tail, file } = await executeLogged(log, 'apt-get', [...waiting, ...args], { env });
  if (code !== 0) throw new Stop(exitCodes.installFailed, `apt-get ${args[0]} failed (${file}):\n${tail}`);
}
