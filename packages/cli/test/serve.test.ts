import { readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noFakeDriver, Served, scoria, writeConfig } from './fixtures/scoria.ts';

if (noFakeDriver !== null) console.log(`skipped: commands against a service: ${noFakeDriver}`);

describe.skipIf(noFakeDriver)('scoria serve and the commands that talk to it', { timeout: 60_000 }, () => {
  let served: Served;
  beforeAll(async () => {
    served = await Served.start();
  }, 60_000);
  afterAll(() => served?.stop());

  it('says where it serves and keeps its files to itself', async () => {
    expect(served.output.stdout).toMatch(/^READY=1 scoria serves on .*api\.sock$/m);
    expect(statSync(served.socket).mode & 0o777).toBe(0o600);
    expect(statSync(join(served.directory, 'state')).mode & 0o777).toBe(0o700);
    expect(statSync(join(served.directory, 'state/scoria.db')).mode & 0o077).toBe(0);
  });

  it('has threads for files to spare when flushes hold some up', () => {
    const tasks = `/proc/${readFileSync(join(served.directory, 'state/scoria.lock'), 'utf8').trim()}/task`;
    const names = readdirSync(tasks).map((task) => readFileSync(join(tasks, task, 'comm'), 'utf8').trim());
    expect(names.filter((name) => name === 'libuv-worker')).toHaveLength(16);
  });

  it('refuses a second service on the same state, and goes on serving', async () => {
    const second = await scoria(['serve', '--config', served.config]);
    expect(second.code).toBe(5);
    expect(second.stderr).toMatch(/Another scoria serve \(process \d+\) uses .*state/);
    expect((await served.run('volume', 'list')).code).toBe(0);
  });

  it('creates, changes, extends and deletes volumes', async () => {
    const volume = await served.json(
      'volume',
      'create',
      'first',
      '--size',
      '2',
      '-p',
      'owner=me',
      '-p',
      'x=y',
    );
    expect(volume).toMatchObject({
      name: 'first',
      status: 'available',
      size: 2,
      metadata: { owner: 'me', x: 'y' },
    });
    expect(await served.json('volume', 'extend', 'first', '3')).toMatchObject({
      size: 3,
      status: 'available',
    });
    const changed = await served.json(
      'volume',
      'set',
      'first',
      '--name',
      'second',
      '--unset',
      'x',
      '--bootable',
    );
    expect(changed).toMatchObject({ name: 'second', bootable: 'true', metadata: { owner: 'me' } });
    const table = await served.run('volume', 'list');
    expect(table.stdout).toMatch(/^ID +NAME +STATUS +SIZE/);
    expect(table.stdout).toMatch(/second +available +3 GiB/);
    expect((await served.run('volume', 'show', volume.id)).stdout).toMatch(/^name +second$/m);
    const deleted = await served.run('volume', 'delete', 'second');
    expect(deleted).toMatchObject({ code: 0, stdout: 'Deleted volume second.\n' });
    expect(await served.json('volume', 'list')).toEqual([]);
  });

  it('takes snapshots and makes volumes of them', async () => {
    await served.json('volume', 'create', 'source', '-s', '1');
    const snapshot = await served.json('snapshot', 'create', 'source', 'monday');
    expect(snapshot).toMatchObject({ name: 'monday', status: 'available', size: 1 });
    expect(await served.json('volume', 'create', 'copy', '--snapshot', 'monday')).toMatchObject({ size: 1 });
    expect(await served.json('volume', 'create', 'clone', '--source', 'source')).toMatchObject({ size: 1 });
    expect((await served.run('volume', 'delete', 'source')).code).toBe(5);
    expect((await served.run('snapshot', 'delete', 'monday')).code).toBe(0);
    expect((await served.run('volume', 'delete', 'copy', 'clone', 'source')).stdout).toBe(
      'Deleted volume copy.\nDeleted volume clone.\nDeleted volume source.\n',
    );
  });

  it('deletes what it can when one of several is refused', async () => {
    for (const name of ['a', 'b']) await served.json('volume', 'create', name, '-s', '1');
    await served.json('snapshot', 'create', 'a', 'keeps-a');
    const deleted = await served.run('volume', 'delete', 'a', 'b');
    expect(deleted.code).toBe(5);
    expect((await served.json('volume', 'list')).map((each: { name: string }) => each.name)).toEqual(['a']);
    await served.run('volume', 'delete', 'a', '--cascade');
  });

  it('tells apart what is not there, what is ambiguous and what is refused', async () => {
    const missing = await served.run('volume', 'show', 'nobody');
    expect(missing).toMatchObject({ code: 3, stdout: '' });
    expect(missing.stderr).toBe(
      'scoria: There is no volume "nobody".\n"scoria volume list" shows those there are.\n',
    );
    expect((await served.run('volume', 'show', '00000000-0000-4000-8000-000000000000')).code).toBe(3);
    const one = await served.json('volume', 'create', 'twin', '-s', '1');
    const two = await served.json('volume', 'create', 'twin', '-s', '1');
    const ambiguous = await served.run('volume', 'show', 'twin', '--json');
    expect(ambiguous.code).toBe(5);
    expect(JSON.parse(ambiguous.stderr).error).toMatchObject({
      exit: 5,
      kind: 'refused',
      hint: expect.stringContaining(two.id),
    });
    expect((await served.run('volume', 'extend', one.id, '1')).code).toBe(5);
    expect((await served.run('volume', 'create', 'big', '-s', '1', '--type', 'gold')).code).toBe(3);
    await served.run('volume', 'delete', one.id, two.id);
  });

  it('shows backends, types and attachments', async () => {
    expect((await served.run('backend', 'list')).stdout).toMatch(/^one +up +enabled +\d+ GiB/m);
    expect(await served.json('backend', 'show', 'one')).toMatchObject({ name: 'one', state: 'up' });
    expect((await served.run('backend', 'show', 'two')).code).toBe(3);
    const type = await served.json('type', 'create', 'fast', '--spec', 'volume_backend_name=one');
    expect(type).toMatchObject({ name: 'fast', extra_specs: { volume_backend_name: 'one' } });
    expect(
      await served.json('type', 'set', 'fast', '--spec', 'a=b', '--unset', 'volume_backend_name'),
    ).toMatchObject({
      extra_specs: { a: 'b' },
    });
    expect((await served.run('type', 'delete', 'fast')).code).toBe(0);
    expect(await served.json('attachment', 'list')).toEqual([]);
    expect((await served.run('attachment', 'show', '00000000-0000-4000-8000-000000000000')).code).toBe(3);
  });

  it('undoes an attachment whose device does not come', async () => {
    // The fake backend names a portal where nothing listens.
    await served.json('volume', 'create', 'lonely', '-s', '1');
    const attach = await served.run(
      'volume',
      'attach',
      'lonely',
      '--initiator',
      'userland',
      '--timeout',
      '20',
    );
    expect(attach.code).toBe(1);
    expect(attach.stderr).toMatch(/Cannot log in to LUN \d+ of .*lonely|Cannot log in to LUN \d+ of iqn/);
    expect(await served.json('attachment', 'list')).toEqual([]);
    expect(await served.json('volume', 'show', 'lonely')).toMatchObject({ status: 'available' });
    expect((await served.run('volume', 'detach', 'lonely')).code).toBe(5);
    await served.run('volume', 'delete', 'lonely');
  });

  it('never passes an escape sequence of a name on to the terminal', async () => {
    const create = await served.run('volume', 'create', 'red \u001b[31m alert', '-s', '1');
    expect(create.code).toBe(5);
    expect(create.stdout + create.stderr).not.toContain('\u001b');
  });

  it('looks at its configuration with doctor', async () => {
    const { code, stdout } = await served.run('doctor', '--config', served.config, '--json');
    expect(JSON.parse(stdout)).toContainEqual(
      expect.objectContaining({ check: 'service', found: expect.stringContaining('a service answers on') }),
    );
    expect(code).toBe(0);
  });
});

describe.skipIf(noFakeDriver)('scoria serve', { timeout: 60_000 }, () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 at %s and takes its socket along', async (signal) => {
    const served = await Served.start();
    expect(await served.stop(signal)).toBe(0);
    expect(served.output.stderr).toContain('"msg":"stopped"');
  });

  it('asks for the token over TCP', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'scoria-tokens-'));
    const entry = { token: 'a-token-of-a-reader-1', project_id: 'p1', user_id: 'u', role: 'reader' };
    await writeFile(join(directory, 'tokens.yaml'), JSON.stringify([entry]), { mode: 0o600 });
    await writeFile(join(directory, 'token'), 'a-token-of-a-reader-1\n', { mode: 0o600 });
    const port = await freePort();
    const served = await Served.start(
      `api: {listen: "127.0.0.1:${port}", tokens_file: ${directory}/tokens.yaml}\n`,
    );
    const url = ['--url', `http://127.0.0.1:${port}`];
    const none = await scoria(['volume', 'list', ...url]);
    expect([none.code, none.stderr]).toEqual([6, expect.stringContaining('--token-file')]);
    const reader = [...url, '--token-file', join(directory, 'token')];
    expect((await scoria(['volume', 'list', ...reader])).code).toBe(0);
    expect((await scoria(['volume', 'create', 'x', '-s', '1', ...reader])).code).toBe(6);
    await served.stop();
    await rm(directory, { recursive: true });
  });

  it('names a port that is in use and a state directory that cannot be made', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'scoria-serve-'));
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await writeFile(
      join(directory, 'tokens.yaml'),
      JSON.stringify([{ token: 'a-token-of-an-admin', project_id: 'p', user_id: 'u', role: 'admin' }]),
      { mode: 0o600 },
    );
    const inUse = await writeConfig(
      directory,
      `api: {listen: "127.0.0.1:${port}", tokens_file: tokens.yaml}\n`,
    );
    const first = await scoria(['serve', '--config', inUse]);
    expect([first.code, first.stderr]).toEqual([1, expect.stringContaining(`port ${port}`)]);
    server.close();
    const text = await readFile(inUse, 'utf8');
    await writeFile(join(directory, 'file'), '');
    await writeFile(inUse, text.replace('state_dir: state', 'state_dir: file/state'));
    const second = await scoria(['serve', '--config', inUse]);
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('file/state')]);
    await rm(directory, { recursive: true });
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
