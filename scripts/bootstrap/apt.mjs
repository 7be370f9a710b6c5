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
  // It exits 0 although it could fetch nothing, and may warn about a repository that we do not need.
  const { tail } = await timed('apt-get update', () => aptGet('apt-update', ['update']));
  const warnings = tail.split('\n').filter((line) => /^[WE]:/.test(line));
  await timed(`apt-get install of ${names.length} packages`, () =>
    withoutServices(() =>
      aptGet('apt-install', ['install', '--yes', '--no-install-recommends', ...names], warnings),
    ),
  );
}

/**
 * @param {string} log
 * @param {string[]} args
 * @param {string[]} [earlier] what may explain a failure
 */
async function aptGet(log, args, earlier = []) {
  const result = await executeLogged(log, 'apt-get', [...waiting, ...args], { env });
  if (result.code === 0) return result;
  const reasons = [...earlier, result.tail].join('\n');
  throw new Stop(exitCodes.installFailed, `apt-get ${args[0]} failed (${result.file}):\n${reasons}`);
}
