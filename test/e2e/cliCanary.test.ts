import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  backendsUp,
  projectId,
  type Scoria,
  scoriaProgram,
  startProcess,
  startScoria,
  startTgtd,
  type TemporaryDirectory,
  type Tgtd,
  temporaryDirectory,
  tgtBackend,
  waitFor,
} from '@scoria-test/support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const needed = ['/usr/sbin/tgtd', '/usr/bin/qemu-storage-daemon', '/dev/fuse'];
const missing = needed.filter((path) => !existsSync(path));
const noAttach = missing.length > 0 || process.geteuid?.() !== 0;
if (noAttach) console.log(`skipped: attaching by the command needs root and ${needed.join(', ')}`);

/** Where the userland initiator of root keeps its attachments. */
const INITIATOR_STATE = '/run/scoria/initiator';

describe.skipIf(noAttach)('scoria volume attach and detach', { timeout: 120_000 }, () => {
  let directory: TemporaryDirectory;
  let tgtd: Tgtd;
  let scoria: Scoria;
  const secrets = new Set<string>();
  beforeAll(async () => {
    directory = await temporaryDirectory();
    tgtd = await startTgtd(directory.path);
    scoria = await startScoria({
      directory: directory.path,
      settings: { log_level: 'trace' },
      backends: { files: tgtBackend(directory.path, tgtd) },
    });
    await backendsUp(scoria.client);
  }, 60_000);
  afterAll(async () => {
    await command('attachment', 'clean');
    await scoria?.[Symbol.asyncDispose]();
    await tgtd?.stop();
    await directory?.[Symbol.asyncDispose]();
  });

  const arguments_ = (args: readonly string[]) => [
    scoriaProgram,
    ...args,
    ...['--socket', scoria.socketPath, '--project', projectId],
  ];
  const command = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(process.execPath, arguments_(args)).then(
      (done) => ({ code: 0, ...done }),
      (error) => error,
    );
    return { code, stdout, stderr, text: `${stdout}${stderr}` };
  };
  const learnSecrets = async (): Promise<void> => {
    const { attachments } = await scoria.client.ok('GET', '/attachments');
    for (const { id } of attachments) {
      const { attachment } = await scoria.client.ok('GET', `/attachments/${id}`);
      const secret = attachment.connection_info?.auth_password;
      if (typeof secret === 'string') secrets.add(secret);
    }
  };
  const held = (text: string): boolean => [...secrets].some((secret) => text.includes(secret));

  it('never show the CHAP secret, and leave none behind', async () => {
    const volume = await scoria.client.createVolume({ size: 1, name: 'shown-to-nobody' });
    const said: string[] = [];
    // Whatever any process showed at any time; searched at the end, when all secrets are known.
    const seen = new Map<string, string>();
    let watching = true;
    const watcher = (async () => {
      while (watching) {
        for (const entry of await readdir('/proc')) {
          if (!/^\d+$/.test(entry) || Number(entry) === process.pid) continue;
          for (const file of ['cmdline', 'environ']) {
            const text = await readFile(`/proc/${entry}/${file}`, 'utf8').catch(() => '');
            if (text !== '') seen.set(text, `/proc/${entry}/${file}`);
          }
        }
        await learnSecrets().catch(() => undefined);
      }
    })();
    for (const args of [
      ['volume', 'attach', 'shown-to-nobody', '--initiator', 'userland', '--json'],
      ['volume', 'attach', 'shown-to-nobody', '--initiator', 'userland', '--json'],
      ['attachment', 'list', '--json'],
      ['attachment', 'local', '--json'],
      ['volume', 'show', 'shown-to-nobody', '--json'],
      ['config', 'show', '--json', '--config', scoria.configPath],
    ]) {
      said.push((await command(...args)).text);
    }
    await learnSecrets();
    expect(secrets.size).toBeGreaterThan(0);
    const open = await filesHolding(INITIATOR_STATE);
    said.push((await command('volume', 'detach', 'shown-to-nobody', '--initiator', 'userland')).text);
    watching = false;
    await watcher;
    await scoria.client.settled('volume', volume.id);

    expect(open).toEqual([]);
    expect(said.filter(held)).toEqual([]);
    expect([...seen].filter(([text]) => held(text)).map(([, where]) => where)).toEqual([]);
    expect(held(scoria.process.output())).toBe(false);
    expect(await filesHolding(directory.path, (mode) => (mode & 0o077) !== 0)).toEqual([]);
  });

  it('keeps no secret in a file when it is killed half-way, and what is left can be cleaned', async () => {
    const volume = await scoria.client.createVolume({ size: 1, name: 'cut-off' });
    const attaching = startProcess(
      process.execPath,
      arguments_(['volume', 'attach', 'cut-off', '--initiator', 'userland']),
    );
    await waitFor('the storage daemon', () => existsSync(INITIATOR_STATE) && anyRecord(), { intervalMs: 1 });
    await attaching.stop('SIGKILL');
    await learnSecrets();
    expect(await filesHolding(INITIATOR_STATE)).toEqual([]);
    expect((await command('attachment', 'clean')).code).toBe(0);
    for (const { id, volume_id: of } of (await scoria.client.ok('GET', '/attachments')).attachments) {
      if (of === volume.id) {
        await command('volume', 'detach', 'cut-off', '--attachment', id, '--initiator', 'userland');
      }
    }
    expect(await scoria.client.settled('volume', volume.id)).toMatchObject({ status: 'available' });
  });

  it('takes back what it did when it is interrupted', async () => {
    const volume = await scoria.client.createVolume({ size: 1, name: 'thought-better' });
    const attaching = startProcess(
      process.execPath,
      arguments_(['volume', 'attach', 'thought-better', '--initiator', 'userland', '--json']),
    );
    await waitFor(
      'the reservation',
      async () => {
        const { volume: shown } = await scoria.client.ok('GET', `/volumes/${volume.id}`);
        return shown.status !== 'available';
      },
      { intervalMs: 1 },
    );
    attaching.child.kill('SIGINT');
    await waitFor('its end', () => attaching.child.exitCode !== null || attaching.child.signalCode !== null);
    expect([attaching.child.exitCode, attaching.output()]).toEqual([
      130,
      expect.stringMatching(/"kind":"interrupted"/),
    ]);
    expect(await scoria.client.settled('volume', volume.id)).toMatchObject({ status: 'available' });
    const { attachments } = await scoria.client.ok('GET', '/attachments');
    expect(attachments.filter((each: { volume_id: string }) => each.volume_id === volume.id)).toEqual([]);
  });

  /** Whether an attachment to our tgtd has been recorded. */
  async function anyRecord(): Promise<boolean> {
    for (const entry of await readdir(INITIATOR_STATE)) {
      const record = join(INITIATOR_STATE, entry, 'attachment.json');
      const text = await readFile(record, 'utf8').catch(() => '');
      if (text.includes(`127.0.0.1:${tgtd.port}`)) return true;
    }
    return false;
  }

  /** Files below `path` of a certain mode that hold a secret. Not the FUSE disks: they are the tenants'. */
  async function filesHolding(path: string, ofMode = (_mode: number) => true): Promise<string[]> {
    const found: string[] = [];
    for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
      const child = join(path, entry.name);
      if (entry.isDirectory()) found.push(...(await filesHolding(child, ofMode)));
      if (!entry.isFile() || entry.name === 'disk') continue;
      const stats = await lstat(child).catch(() => null);
      if (stats === null || stats.size > 64 * 2 ** 20 || !ofMode(stats.mode)) continue;
      if (held(await readFile(child, 'latin1').catch(() => ''))) found.push(child);
    }
    return found;
  }
});
