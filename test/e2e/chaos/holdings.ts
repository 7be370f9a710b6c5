import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import type { Tgtd } from '@scoria-test/support';

const run = promisify(execFile);

/** What there is, by ids, wherever one can look. */
export interface Holdings {
  readonly files: { readonly volumes: string[]; readonly snapshots: string[]; readonly staging: string[] };
  /** Everything in the directory of configuration files, hidden files too. */
  readonly configurations: string[];
  readonly targets: string[];
  /** Accounts, without the one that keeps nobody out of it. */
  readonly accounts: number;
  readonly records: { readonly volumes: string[]; readonly snapshots: string[] };
  /** `volume initiator` of every access on record. */
  readonly connections: string[];
  readonly unfinished: number;
}

/** Looks at files, tgtd and database past the service. */
export async function holdings(directory: string, tgtd: Tgtd): Promise<Holdings> {
  const list = async (...path: string[]) => (await readdir(join(directory, ...path))).sort();
  const show = async (mode: string) => {
    const environment = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', TGT_IPC_SOCKET: tgtd.controlSocket };
    return (await run('tgtadm', ['--lld', 'iscsi', '--mode', mode, '--op', 'show'], { env: environment }))
      .stdout;
  };
  const targets = [...(await show('target')).matchAll(/^Target \d+: \S*:(\S+)$/gm)].map(
    ([, name]) => `${name}`,
  );
  const accounts = [...(await show('account')).matchAll(/^ {4}(\S+)/gm)].map(([, name]) => name);
  const database = new DatabaseSync(join(directory, 'state', 'scoria.db'), { readOnly: true });
  try {
    const column = (query: string) =>
      database
        .prepare(query)
        .all()
        .map((row) => String(row['value']))
        .sort();
    return {
      files: {
        volumes: await list('volumes', 'volumes'),
        snapshots: await list('volumes', 'snapshots'),
        staging: await list('volumes', 'staging'),
      },
      configurations: await list('tgt-conf'),
      targets: targets.sort(),
      accounts: accounts.filter((name) => name !== 'scoria-anchor').length,
      records: {
        volumes: column('SELECT backend_name AS value FROM volumes'),
        snapshots: column('SELECT backend_name AS value FROM snapshots'),
      },
      connections: column(
        "SELECT volumes.backend_name || ' ' || initiator AS value FROM connections JOIN volumes ON volumes.id = volume_id",
      ),
      unfinished: column("SELECT id AS value FROM journal_entries WHERE state IN ('running', 'undoing')")
        .length,
    };
  } finally {
    database.close();
  }
}
