import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ContractError, type Secret } from '@scoria/core/contract';
import { parsePortal } from '../iscsi/portal.ts';
import { writeFileAtomic } from '../stateFile.ts';
import type { NodeAddress } from './iscsiadm.ts';

/** Where distributions keep open-iscsi's node records: Debian and SUSE; Red Hat. */
export const NODE_DIRECTORIES: readonly string[] = ['/etc/iscsi/nodes', '/var/lib/iscsi/nodes'];

/**
 * Writes CHAP credentials into a node record's own file (0600, replaced as a whole), because `iscsiadm --op update`
 * takes the password on its command line, where everybody on the host can read it.
 *
 * Null credentials take stale ones out: with AuthMethod None alone, open-iscsi would go on using what is stored.
 *
 * @throws ContractError BACKEND_ERROR when the record's file is not where any open-iscsi keeps it
 */
export async function writeCredentials(
  directories: readonly string[],
  node: NodeAddress,
  chap: { readonly username: string; readonly secret: Secret } | null,
): Promise<void> {
  const file = await findRecord(directories, node);
  const wanted = new Map([['node.session.auth.authmethod', chap === null ? 'None' : 'CHAP']]);
  if (chap !== null) {
    wanted.set('node.session.auth.username', checked(chap.username, 'user name'));
    wanted.set('node.session.auth.password', checked(chap.secret.reveal(), 'secret'));
  }
  await writeFileAtomic(file, replaceKeys(await readFile(file, 'utf8'), wanted));
}

/** Replaces all credential lines of a record; what is not among `wanted` goes away. */
export function replaceKeys(record: string, wanted: ReadonlyMap<string, string>): string {
  const kept = record
    .split('\n')
    .filter((line) => !/^node\.session\.auth\.(authmethod|username|password)\s*=/.test(line));
  const lines = [...wanted].map(([key, value]) => `${key} = ${value}`);
  const end = kept.findIndex((line) => line.startsWith('# END RECORD'));
  kept.splice(end === -1 ? kept.length : end, 0, ...lines);
  return kept.join('\n');
}

async function findRecord(directories: readonly string[], node: NodeAddress): Promise<string> {
  const { host, port } = parsePortal(node.portal);
  const portal = `${host},${port}`;
  for (const directory of directories) {
    const names = await readdir(join(directory, node.iqn)).catch(() => []);
    const name = names.find((each) => each === portal || each.startsWith(`${portal},`));
    if (name === undefined) continue;
    const path = join(directory, node.iqn, name);
    // A directory with one file per interface; old versions wrote a file.
    return (await stat(path)).isDirectory() ? join(path, 'default') : path;
  }
  throw new ContractError(
    'BACKEND_ERROR',
    `open-iscsi made no record of ${node.iqn} at ${node.portal} below ${directories.join(' or ')}.`,
  );
}

function checked(value: string, what: string): string {
  if (!/[\n\r\0]/.test(value)) return value;
  throw new ContractError('INVALID_ARGUMENT', `The CHAP ${what} holds a line break.`);
}
