import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTokens, TokenFileError } from '../../src/api/index.ts';
import { ask } from '../fixtures/memory/client.ts';
import { projectA, projectB, type Served, serve, tokens } from '../fixtures/memory/serve.ts';
import { clientOf, faultOf } from './client.ts';

let served: Served;
beforeAll(async () => {
  served = await serve();
});
afterAll(() => served[Symbol.asyncDispose]());

describe('tokens', () => {
  const path = `/v3/${projectA}/volumes`;

  it.each([
    ['no token', {}],
    ['an unknown token', { 'x-auth-token': 'nobody-knows-this-token' }],
    ['an empty token', { 'x-auth-token': '' }],
    ['basic credentials', { authorization: 'Basic YWRtaW46YWRtaW4=' }],
    ['an empty bearer', { authorization: 'Bearer ' }],
    ['the noauth form', { 'x-auth-token': `admin:${projectA}` }],
  ])('%s is 401', async (_what, headers) => {
    const answer = await ask(served.url, { path, headers });
    expect(faultOf(answer)).toMatchObject({ name: 'unauthorized', code: 401 });
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
  });

  it('are taken from either header', async () => {
    const bearer = { authorization: `Bearer ${tokens.member}` };
    expect((await ask(served.url, { path, headers: bearer })).status).toBe(200);
    expect((await ask(served.url, { path, token: tokens.member })).status).toBe(200);
  });

  it('are asked for before the body is looked at', async () => {
    const answer = await ask(served.url, { method: 'POST', path, raw: '{' });
    expect(answer.status).toBe(401);
  });

  it('are not needed to ask for versions', async () => {
    const root = await ask(served.url, { path: '/' });
    expect(root).toMatchObject({
      status: 300,
      body: { versions: [{ id: 'v3.0', status: 'CURRENT', min_version: '3.0', version: '3.70' }] },
    });
    expect((await ask(served.url, { path: '/v3/' })).body).toEqual(root.body);
    expect((await ask(served.url, { path: '/v3' })).status).toBe(200);
    expect((await ask(served.url, { path: '/healthcheck' })).text).toBe('OK');
  });
});

describe('projects', () => {
  it('of the URL must be that of the token', async () => {
    const answer = await clientOf(served, { token: tokens.member }).get('/volumes', { project: projectB });
    expect(faultOf(answer)).toMatchObject({ name: 'badRequest', message: /Malformed request url/ });
  });

  it('are any for administrators', async () => {
    const api = clientOf(served, { project: projectB });
    await api.post('/volumes', { volume: { size: 1, name: 'for-b' } });
    const [volume] = served.store.volumes.values();
    expect(volume?.projectId).toBe(projectB);
    const asOther = await clientOf(served, { token: tokens.other, project: null }).get('/volumes');
    expect(asOther.text).toContain('for-b');
    const asMember = clientOf(served, { token: tokens.member });
    expect((await asMember.get(`/volumes/${volume?.id}`)).status).toBe(404);
    expect((await asMember.delete(`/volumes/${volume?.id}`)).status).toBe(404);
    await api.delete(`/volumes/${volume?.id}`);
  });
});

describe('roles', () => {
  const unknownId = '00000000-0000-4000-8000-000000000000';

  it.each([
    ['POST', '/volumes', { volume: { size: 1 } }],
    ['PUT', `/volumes/${unknownId}`, { volume: { name: 'x' } }],
    ['DELETE', `/volumes/${unknownId}`, undefined],
    ['POST', `/volumes/${unknownId}/action`, { 'os-extend': { new_size: 2 } }],
    ['POST', '/snapshots', { snapshot: { volume_id: unknownId } }],
    ['POST', '/attachments', { attachment: { volume_uuid: unknownId } }],
    ['POST', `/attachments/${unknownId}/action`, { 'os-complete': null }],
  ])('a reader may not %s %s', async (method, path, body) => {
    const answer = await ask(served.url, {
      method,
      path: `/v3/${projectA}${path}`,
      body,
      token: tokens.reader,
      version: '3.70',
    });
    expect(faultOf(answer)).toMatchObject({ name: 'forbidden', code: 403, message: /role reader/ });
  });

  it('a reader may look', async () => {
    const { get } = clientOf(served, { token: tokens.reader });
    for (const path of ['/volumes/detail', '/snapshots', '/attachments', '/types', '/limits'])
      expect((await get(path)).status).toBe(200);
  });

  it.each([
    ['GET', '/scheduler-stats/get_pools', undefined],
    ['GET', '/os-services', undefined],
    ['GET', '/capabilities/host1@memory', undefined],
    ['GET', '/qos-specs', undefined],
    ['POST', '/types', { volume_type: { name: 'x' } }],
    ['DELETE', '/types/__DEFAULT__', undefined],
    ['POST', '/types/__DEFAULT__/extra_specs', { extra_specs: { a: 'b' } }],
    ['POST', `/volumes/${unknownId}/action`, { 'os-reset_status': { status: 'error' } }],
    ['POST', `/volumes/${unknownId}/action`, { 'os-force_delete': {} }],
    ['POST', `/volumes/${unknownId}/action`, { 'os-force_detach': {} }],
    ['POST', `/snapshots/${unknownId}/action`, { 'os-reset_status': { status: 'error' } }],
    ['DELETE', `/volumes/${unknownId}?force=true`, undefined],
    ['GET', `/os-quota-sets/${projectB}`, undefined],
  ])('a member may not %s %s', async (method, path, body) => {
    const answer = await ask(served.url, {
      method,
      path: `/v3/${projectA}${path}`,
      body,
      token: tokens.member,
      version: '3.70',
    });
    expect(faultOf(answer)).toMatchObject({ name: 'forbidden', message: /role admin/ });
  });

  it('users see only the extra specs that concern them', async () => {
    const path = '/types/default';
    expect((await clientOf(served).get(path)).body).toMatchObject({
      volume_type: { extra_specs: { volume_backend_name: 'memory' }, qos_specs_id: null },
    });
    const { body } = await clientOf(served, { token: tokens.member }).get(path);
    expect(body).toMatchObject({ volume_type: { extra_specs: { multiattach: '<is> False' } } });
    expect(JSON.stringify(body)).not.toMatch(/volume_backend_name|qos_specs_id/);
  });
});

describe('the unix socket', () => {
  it('makes everybody an administrator of the project in the URL', async () => {
    const answer = await ask(served.socket, {
      method: 'POST',
      path: `/v3/${projectB}/volumes`,
      body: { volume: { size: 1 } },
    });
    expect(answer.status).toBe(202);
    const [volume] = served.store.volumes.values();
    expect(volume).toMatchObject({ projectId: projectB, userId: 'admin' });
    await ask(served.socket, { method: 'DELETE', path: `/v3/${projectB}/volumes/${volume?.id}` });
    expect((await ask(served.socket, { path: '/v3/os-services' })).status).toBe(200);
  });

  it('takes the project from X-Project-Id or from the token of the noauth plug-ins', async () => {
    for (const headers of [{ 'x-project-id': projectB }, { 'x-auth-token': `me:${projectB}` }]) {
      await ask(served.socket, {
        method: 'POST',
        path: '/v3/volumes',
        body: { volume: { size: 1 } },
        headers,
      });
      const [volume] = served.store.volumes.values();
      expect(volume?.projectId).toBe(projectB);
      served.store.volumes.clear();
    }
  });
});

describe('the file of tokens', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'scoria-tokens-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  const write = async (text: string, mode = 0o600): Promise<string> => {
    const path = join(directory, 'tokens.yaml');
    await writeFile(path, text);
    await chmod(path, mode);
    return path;
  };
  const entry = 'project_id: p1, user_id: u1, role: member';

  it('names tokens or their SHA-256, in YAML or JSON', async () => {
    const digest = '0a5cc0e8acc5dbbdd2b4dd10a8f1c6b1a50e6b3f3a9ee9f2dae6bcd6e7f3f0a1';
    const store = await loadTokens(
      await write(`- {token: a-long-enough-token, ${entry}}\n- {token_sha256: ${digest}, ${entry}}\n`),
    );
    expect(store.find('a-long-enough-token')).toEqual({ projectId: 'p1', userId: 'u1', role: 'member' });
    expect(store.find('a-long-enough-toke')).toBeNull();
    const json = [{ token: 'b-long-enough-token', project_id: 'p2', user_id: 'u2', role: 'admin' }];
    const fromJson = await loadTokens(await write(JSON.stringify(json)));
    expect(fromJson.find('b-long-enough-token')?.role).toBe('admin');
  });

  it.each([
    ['readable by others', `- {token: a-long-enough-token, ${entry}}`, 0o640, /has mode 0640.*chmod 0600/],
    ['no YAML', '- {token: "secret-canary', 0o600, /neither YAML nor JSON/],
    ['empty', '[]', 0o600, /no token/],
    ['a short token', `- {token: secret-canary, ${entry}}`, 0o600, /0\.token: a token has at least 16/],
    [
      'both forms',
      `- {token: a-long-enough-token, token_sha256: ${'0'.repeat(64)}, ${entry}}`,
      0o600,
      /either/,
    ],
    ['neither form', `- {${entry}}`, 0o600, /either token or token_sha256/],
    [
      'an unknown role',
      '- {token: a-long-enough-token, project_id: p, user_id: u, role: root}',
      0o600,
      /0\.role/,
    ],
    ['an unknown key', `- {token: a-long-enough-token, ${entry}, tenant: x}`, 0o600, /tenant/],
    [
      'a bad project',
      '- {token: a-long-enough-token, project_id: a/b, user_id: u, role: admin}',
      0o600,
      /project_id/,
    ],
  ])('is refused when it is/has %s', async (_what, text, mode, says) => {
    const path = await write(text, mode);
    const failure = await loadTokens(path).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TokenFileError);
    expect(String(failure)).toMatch(says);
    expect(String(failure)).toContain(path);
    expect(String(failure)).not.toContain('secret-canary');
  });

  it('is refused when it is missing', async () => {
    await expect(loadTokens(join(directory, 'absent'))).rejects.toThrow(TokenFileError);
  });
});
