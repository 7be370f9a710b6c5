import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ApiAuth, createApi, ListenError, listenApi, TokenStore } from '../../src/api/index.ts';
import type { Services } from '../../src/model/index.ts';
import { ask } from '../fixtures/memory/client.ts';
import { memoryServices } from '../fixtures/memory/services.ts';

let directory: string;
const apps: ReturnType<typeof make>[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'scoria-listen-'));
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.close()));
  await rm(directory, { recursive: true, force: true });
});

const noauth = { kind: 'noauth', defaultProjectId: 'default' } as const;
const token = 'a-long-enough-token';
const tokens = new TokenStore([{ token, project_id: 'p', user_id: 'u', role: 'member' }]);

function make(auth: ApiAuth) {
  return createApi(memoryServices().services, { log: pino({ level: 'silent' }), auth });
}
function app(auth: ApiAuth = noauth) {
  const made = make(auth);
  apps.push(made);
  return made;
}
const appWithTokens = () => app({ kind: 'tokens', tokens });
const headers = { 'x-auth-token': token };

describe('a unix socket', () => {
  it('is the owner’s alone, and gone after close', async () => {
    const path = join(directory, 'api.sock');
    const served = app();
    await listenApi(served, { kind: 'unix', path });
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await ask(path, { path: '/v3/volumes' })).status).toBe(200);
    await served.close();
    expect(existsSync(path)).toBe(false);
  });

  it('is not taken from a process that answers on it', async () => {
    const path = join(directory, 'api.sock');
    await listenApi(app(), { kind: 'unix', path });
    await expect(listenApi(app(), { kind: 'unix', path })).rejects.toThrow(/another process answers on it/);
    expect((await ask(path, { path: '/v3/volumes' })).status).toBe(200);
  });

  it('is replaced when its process was killed', async () => {
    const path = join(directory, 'api.sock');
    const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    await promisify(execFile)(process.execPath, ['-e', script]).catch((error: { signal?: string }) => {
      if (error.signal !== 'SIGKILL') throw error;
    });
    expect(existsSync(path)).toBe(true);
    await listenApi(app(), { kind: 'unix', path });
    expect((await ask(path, { path: '/v3/volumes' })).status).toBe(200);
  });

  it('does not replace a file, and says when the directory or the path cannot be', async () => {
    const file = join(directory, 'file');
    await writeFile(file, 'precious');
    await expect(listenApi(app(), { kind: 'unix', path: file })).rejects.toThrow(/not a socket/);
    expect((await stat(file)).size).toBe(8);
    await expect(listenApi(app(), { kind: 'unix', path: join(directory, 'no', 'api.sock') })).rejects.toThrow(
      /directory .* does not exist/,
    );
    const deep = join(directory, 'd'.repeat(120));
    await mkdir(deep);
    await expect(listenApi(app(), { kind: 'unix', path: join(deep, 'api.sock') })).rejects.toThrow(
      /too long/,
    );
  });
});

describe('a TCP port', () => {
  it('is not opened without authentication', async () => {
    await expect(listenApi(app(), { kind: 'tcp', host: '127.0.0.1', port: 0 })).rejects.toThrow(
      /will not listen .* without authentication/,
    );
  });

  it('in use is a clear error', async () => {
    const url = await listenApi(appWithTokens(), { kind: 'tcp', host: '127.0.0.1', port: 0 });
    const port = Number(new URL(url).port);
    const failure = await listenApi(appWithTokens(), { kind: 'tcp', host: '127.0.0.1', port }).catch(
      (error) => error,
    );
    expect(failure).toBeInstanceOf(ListenError);
    expect(failure).toMatchObject({
      code: 'EADDRINUSE',
      message: `cannot listen on 127.0.0.1 port ${port}: another process listens there; stop that process or choose another port`,
    });
  });

  it('of an address that is not ours is a clear error', async () => {
    await expect(listenApi(appWithTokens(), { kind: 'tcp', host: '192.0.2.1', port: 0 })).rejects.toThrow(
      /does not have that address/,
    );
  });

  it('closes while clients keep their connections', async () => {
    const served = appWithTokens();
    const url = await listenApi(served, { kind: 'tcp', host: '127.0.0.1', port: 0 });
    expect((await fetch(`${url}/v3/volumes`, { headers })).status).toBe(200);
    await served.close();
    await expect(fetch(`${url}/v3/volumes`, { headers })).rejects.toThrow();
  });

  it('finishes the answers under way before it closes, and then does not wait for their connections', async () => {
    const { services } = memoryServices();
    const asked = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const slow: Services = {
      ...services,
      types: Object.assign(Object.create(services.types), {
        list: async () => {
          asked.resolve();
          await release.promise;
          return [];
        },
      }),
    };
    const served = createApi(slow, { log: pino({ level: 'silent' }), auth: { kind: 'tokens', tokens } });
    const url = await listenApi(served, { kind: 'tcp', host: '127.0.0.1', port: 0 });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const received = text(socket);
    socket.write(`GET /v3/types HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: ${token}\r\n\r\n`);
    await asked.promise;
    const start = performance.now();
    const closed = served.close();
    release.resolve();
    await closed;
    expect(await received).toMatch(/^HTTP\/1\.1 200 OK.*\{"volume_types":\[\]\}$/s);
    expect(performance.now() - start).toBeLessThan(3000);
  });
});
