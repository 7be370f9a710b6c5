import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Debian asks this program before a package's scripts start a service (policy-rc.d, invoke-rc.d(8)). */
const debianPolicy = '/usr/sbin/policy-rc.d';
const marker = '# Placed by Scoria while it installs packages; remove it when found.';

/**
 * Runs an installation whose packages must not start their daemons: tgt would listen on port 3260 of every address,
 * and in a chroot its daemon would outlive the installation. A policy that the machine has already stays.
 * @template T
 * @param {() => Promise<T>} install
 * @param {string} [policy] path of the program
 * @returns {Promise<T>}
 */
export async function withoutServices(install, policy = debianPolicy) {
  if (existsSync(policy) && !readFileSync(policy, 'utf8').includes(marker)) return await install();
  writeFileSync(policy, `#!/bin/sh\n${marker}\nexit 101\n`, { mode: 0o755 });
  try {
    return await install();
  } finally {
    rmSync(policy, { force: true });
  }
}
