import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ContractError, type Secret } from '@scoria/core/contract';
import { parsePortal } from '../iscsi/portal.ts';
import { writeFileAtomic } from '../stateFile.ts';
import { interfaceOf, type NodeAddress } from './iscsiadm.ts';
import { samePortal } from './sessions.ts';

/** Where distributions keep open-iscsi's node records: Debian and SUSE; Red Hat. */
export const NODE_DIRECTORIES: readonly string[] = ['/etc/iscsi/nodes', '/var/lib/iscsi/nodes'];

/** What a node record is to say. */
export interface NodeSettings {
  readonly chap: { readonly username: string; readonly secret: Secret } | null;
  /** How long iscsid goes on with a first login that is not answered, in s. */
  readonly loginWindow: number;
}

/**
 * Writes how to log in into the node record's own file (0600, replaced as a whole): credentials, because `iscsiadm --op update` takes
 * the password on its command line, where everybody on the host can read it; **manual scanning**, which keeps LUNs of others from
 * appearing on this host; manual start-up, since who attaches is decided by whoever asks for it after a boot.
 *
 * Null credentials take stale ones out: with AuthMethod None alone, open-iscsi would go on using what is stored.
 *
 * @throws ContractError BACKEND_ERROR when the record's file is not where any open-iscsi keeps it; INVALID_ARGUMENT
 */
export async function writeNodeSettings(
  directories: readonly string[],
  node: NodeAddress,
  { chap, loginWindow }: NodeSettings,
): Promise<void> {
  const file = await findRecord(directories, node);
  if (file === null) {
    throw new ContractError(
      'BACKEND_ERROR',
      `open-iscsi made no record of ${node.iqn} at ${node.portal} below ${directories.join(' or ')}.`,
    );
  }
  const wanted = new Map([
    ['node.startup', 'manual'],
    ['node.session.scan', 'manual'],
    // iscsid gives up after so many times so many seconds (iscsid.conf).
    ['node.session.initial_login_retry_max', '1'],
    ['node.conn[0].timeo.login_timeout', String(loginWindow)],
    ['node.session.auth.authmethod', chap === null ? 'None' : 'CHAP'],
  ]);
  if (chap !== null) {
    wanted.set('node.session.auth.username', checked(chap.username, 'user name'));
    wanted.set('node.session.auth.password', checked(chap.secret.reveal(), 'secret'));
  }
  // Not in the database itself: iscsiadm reads all of it, whatever it is asked for, and fails when a file has gone meanwhile.
  const outside = dirname(directories.find((each) => file.startsWith(`${each}/`)) ?? dirname(file));
  await writeFileAtomic(file, replaceKeys(await readFile(file, 'utf8'), wanted), outside);
}

/** Replaces lines of a record; credentials that are not among `wanted` go away. */
export function replaceKeys(record: string, wanted: ReadonlyMap<string, string>): string {
  const kept = record.split('\n').filter((line) => {
    const key = line.split('=')[0]?.trim() ?? '';
    return !wanted.has(key) && !/^node\.session\.auth\.(authmethod|username|password)$/.test(key);
  });
  const lines = [...wanted].map(([key, value]) => `${key} = ${value}`);
  const end = kept.findIndex((line) => line.startsWith('# END RECORD'));
  kept.splice(end === -1 ? kept.length : end, 0, ...lines);
  return kept.join('\n');
}

/** The file of a node record; null when there is none. */
export async function findRecord(directories: readonly string[], node: NodeAddress): Promise<string | null> {
  for (const directory of directories) {
    const names = await readdir(join(directory, node.iqn)).catch(() => []);
    const name = names.find((each) => isPortal(each, node.portal));
    if (name === undefined) continue;
    const path = join(directory, node.iqn, name);
    // A directory with one file per interface; old versions wrote a file.
    const file = (await stat(path)).isDirectory() ? join(path, interfaceOf(node)) : path;
    if (await stat(file).catch(() => null)) return file;
  }
  return null;
}

/** Records are named `address,port` or `address,port,tpgt`, an IPv6 address without brackets. */
function isPortal(name: string, portal: string): boolean {
  const match = /^(?<host>[^,]+),(?<port>\d+)(,-?\d+)?$/.exec(name);
  const host = match?.groups?.['host'];
  const port = match?.groups?.['port'];
  if (host === undefined || port === undefined) return false;
  const known = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return parsePortal(portal).port === Number(port) && samePortal(known, portal);
}

function checked(value: string, what: string): string {
  if (!/[\n\r\0]/.test(value)) return value;
  throw new ContractError('INVALID_ARGUMENT', `The CHAP ${what} holds a line break.`);
}
