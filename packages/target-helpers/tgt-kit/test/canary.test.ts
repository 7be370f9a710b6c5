import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { createLogger, Secret } from '@scoria/driver-sdk';
import { describe, expect, it } from 'vitest';
import { TgtHelper, tgtOptionsSchema } from '../src/index.ts';
import { accessOf, specOf } from './fixtures/helper.ts';
import { noTgtd, privateTgtd } from './fixtures/privateTgtd.ts';

const CANARY = 'Canary7Secret9Value';

/** Everything about the processes of this host that any user, or the same user, can read. */
async function processTexts(): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const texts = await Promise.all(
    pids.flatMap((pid) =>
      // A process may end, or be another user's, while it is looked at.
      ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '')),
    ),
  );
  return texts.filter((text) => text.includes(CANARY));
}

async function readableFiles(directory: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { mode, size } = await stat(path);
    if (size < 1_000_000 && (await readFile(path, 'latin1')).includes(CANARY) && (mode & 0o077) !== 0)
      found.push(path);
  }
  return found;
}

describe.skipIf(noTgtd)('a CHAP secret', () => {
  it('is nowhere to be read: not in argv, environments, logs, errors or files of others', async () => {
    await using tgtd = await privateTgtd();
    const lines: string[] = [];
    const log = createLogger({
      name: 'canary',
      level: 'trace',
      stream: { write: (line) => void lines.push(line) },
    });
    const stateDir = join(tgtd.directory, 'state');
    const { mkdir } = await import('node:fs/promises');
    await mkdir(stateDir);
    const options = tgtOptionsSchema.parse({ tgt_control_socket: tgtd.controlPath, iscsi_port: tgtd.port });
    const helper = await TgtHelper.open(options, { backend: 'canary', stateDir, log });
    let isRunning = true;
    const seen: string[] = [];
    const watch = (async () => {
      while (isRunning) seen.push(...(await processTexts()));
    })();

    const errors: unknown[] = [];
    const collect = (error: unknown) => void errors.push(error);
    const chap = { username: 'canary', password: new Secret(CANARY) };
    for (let round = 0; round < 20; round += 1) {
      const spec = specOf(`volume-${round}`, await tgtd.file(`f${round}`));
      await helper.ensureTarget(spec);
      const access = accessOf(`${round}`, { chap: { ...chap, username: `canary${round}` } });
      const given = await helper.grant(spec.iqn, spec.name, access);
      lines.push(inspect(given, { depth: 9 }), JSON.stringify(given));
      log.info({ access: given }, 'somebody logs what was given');
      await helper.ensureTarget({ ...spec, path: '/nowhere' }).catch(collect);
      await helper.grant('iqn.2020-01.x:none', 'none', access).catch(collect);
      await helper.grant(spec.iqn, spec.name, { ...access, initiator: 'bad, name' }).catch(collect);
    }
    await tgtd.kill();
    await helper
      .ensureTarget(specOf('volume-0', '/nowhere', { access: [accessOf('x', { chap })] }))
      .catch(collect);
    await tgtd.start();
    await helper.probe();
    isRunning = false;
    await watch;

    expect(errors.length).toBeGreaterThan(40);
    const texts = errors.map(
      (error) => `${inspect(error, { depth: 9 })} ${JSON.stringify(error)} ${String(error)}`,
    );
    expect(seen).toEqual([]);
    expect([...texts, ...lines].filter((text) => text.includes(CANARY))).toEqual([]);
    expect(await readableFiles(tgtd.directory)).toEqual([]);
    // The canary is alive: the file that must hold it does.
    expect(await readFile(join(stateDir, 'volumes', 'volume-1'), 'utf8')).toContain(CANARY);
  }, 60_000);
});
