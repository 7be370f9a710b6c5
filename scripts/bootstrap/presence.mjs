import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** An unprivileged PATH lacks these, and most programs we drive are there. */
const systemFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/local/bin', '/usr/bin', '/bin'];

/**
 * Whether all that a package brings is on this machine.
 * @param {import('./hostPackages.mjs').HostPackage} wanted
 */
export function isPresent({ programs, files = [] }) {
  return programs.every(hasProgram) && files.every(hasFile);
}

/** @param {string} name */
function hasProgram(name) {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...systemFolders];
  return folders.some((folder) => folder !== '' && isExecutable(join(folder, name)));
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} pattern an absolute path with at most one `*` part */
function hasFile(pattern) {
  const [before = '', after] = pattern.split('/*/');
  if (after === undefined) return existsSync(pattern);
  return existsSync(before) && readdirSync(before).some((part) => existsSync(join(before, part, after)));
}
