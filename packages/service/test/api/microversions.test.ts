import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../fixtures/memory/client.ts';
import { projectA, type Served, serve, tokens } from '../fixtures/memory/serve.ts';
import { clientOf, faultOf } from './client.ts';

let served: Served;
let id: string;
beforeAll(async () => {
  served = await serve();
  await clientOf(served).post('/volumes', { volume: { size: 1, name: 'v' } });
  id = [...served.store.volumes.keys()][0] ?? '';
});
afterAll(() => served[Symbol.asyncDispose]());

const path = `/v3/${projectA}/volumes`;
const withHeader = (header: string) =>
  ask(served.url, { path, token: tokens.admin, headers: { 'openstack-api-version': header } });

describe('negotiation', () => {
  it.each([
    ['volume 3.27', 'volume 3.27'],
    ['volume 3.0', 'volume 3.0'],
    ['volume latest', 'volume 3.70'],
    ['compute 2.1, volume 3.50', 'volume 3.50'],
    // Another service's header says nothing about this one.
    ['compute 2.90', 'volume 3.0'],
  ])('%s gets %s', async (header, chosen) => {
    const answer = await withHeader(header);
    expect(answer.status).toBe(200);
    expect(answer.headers).toMatchObject({ 'openstack-api-version': chosen, vary: 'OpenStack-API-Version' });
  });

  it('without the header is 3.0', async () => {
    const answer = await ask(served.url, { path, token: tokens.admin });
    expect(answer.headers['openstack-api-version']).toBe('volume 3.0');
  });

  it.each(['volume 3.71', 'volume 3.999', 'volume 2.0', 'volume 4.0'])(
    '%s is out of range: 406',
    async (header) => {
      const answer = await withHeader(header);
      const version = header.split(' ')[1];
      expect(answer.status).toBe(406);
      expect(faultOf(answer)).toEqual({
        name: 'computeFault',
        code: 406,
        message: `Version ${version} is not supported by the API. Minimum is 3.0 and maximum is 3.70.`,
      });
    },
  );

  it.each([
    'volume',
    'volume banana',
    'volume 3',
    'volume 3.',
    'volume 3.07',
    'volume 3.1.2',
    'volume 3.1 3.2',
  ])('%s is malformed: 400', async (header) => {
    const answer = await withHeader(header);
    expect(faultOf(answer)).toMatchObject({ name: 'badRequest', message: /invalid format/ });
  });
});

describe('fields of a volume', () => {
  /** Field, the microversion that brings it, whether only administrators see it. */
  const gated: readonly [field: string, since: number, admin: boolean][] = [
    ['group_id', 13, false],
    ['provider_id', 21, true],
    ['shared_targets', 48, false],
    ['service_uuid', 48, false],
    ['cluster_name', 61, true],
    ['volume_type_id', 63, false],
    ['consumes_quota', 65, false],
  ];
  const fieldsOf = async (minor: number, token: string) => {
    const { body } = await clientOf(served, { version: `3.${minor}`, token }).get(`/volumes/${id}`);
    return Object.keys((body as { volume: object }).volume);
  };

  it.each(gated)('%s comes with 3.%i', async (field, since, admin) => {
    expect(await fieldsOf(since - 1, tokens.admin)).not.toContain(field);
    expect(await fieldsOf(since, tokens.admin)).toContain(field);
    expect((await fieldsOf(70, tokens.member)).includes(field)).toBe(!admin);
  });

  it('only administrators see where a volume is and how it migrates', async () => {
    const hidden = [
      'os-vol-host-attr:host',
      'os-vol-mig-status-attr:migstat',
      'os-vol-mig-status-attr:name_id',
      'migration_status',
    ];
    expect(await fieldsOf(0, tokens.admin)).toEqual(expect.arrayContaining(hidden));
    const seen = await fieldsOf(70, tokens.member);
    expect(hidden.filter((field) => seen.includes(field))).toEqual([]);
    expect(seen).toContain('os-vol-tenant-attr:tenant_id');
  });
});

describe('routes by microversion', () => {
  const routes: readonly [path: string, since: number][] = [
    ['/messages', 3],
    ['/clusters', 7],
    ['/group_types', 11],
    ['/volumes/summary', 12],
    ['/groups', 13],
    ['/attachments', 27],
    ['/resource_filters', 33],
    ['/volume-transfers', 55],
  ];
  it.each(routes)('%s comes with 3.%i', async (route, since) => {
    const { get } = clientOf(served);
    const before = await get(route, { version: `3.${since - 1}` });
    expect(before.status).toBe(404);
    expect((await get(route, { version: `3.${since}` })).status).toBe(200);
  });

  it('count comes with 3.45, only when asked for', async () => {
    const { get } = clientOf(served);
    expect((await get('/volumes?with_count=true', { version: '3.45' })).body).toMatchObject({ count: 1 });
    expect((await get('/volumes/detail?with_count=true', { version: '3.45' })).body).toMatchObject({
      count: 1,
    });
    expect((await get('/volumes', { version: '3.45' })).body).not.toHaveProperty('count');
    expect((await get('/snapshots?with_count=1', { version: '3.45' })).body).toMatchObject({ count: 0 });
  });

  it('extending in use comes with 3.42, force delete with 3.23, snapshots in use with 3.66', async () => {
    const api = clientOf(served);
    await api.post(`/volumes/${id}/action`, { 'os-attach': { host_name: 'h', mountpoint: '/dev/vdb' } });
    const extend = { 'os-extend': { new_size: 2 } };
    expect((await api.post(`/volumes/${id}/action`, extend, { version: '3.41' })).status).toBe(400);
    expect((await api.post(`/volumes/${id}/action`, extend, { version: '3.42' })).status).toBe(202);
    const snapshot = { snapshot: { volume_id: id } };
    expect((await api.post('/snapshots', snapshot, { version: '3.65' })).status).toBe(400);
    expect((await api.post('/snapshots', snapshot, { version: '3.66' })).status).toBe(202);
    const forced = { snapshot: { volume_id: id, force: true } };
    expect((await api.post('/snapshots', forced, { version: '3.65' })).status).toBe(202);
    expect((await api.post('/snapshots', forced, { version: '3.66' })).status).toBe(202);
    const unforced = { snapshot: { volume_id: id, force: false } };
    expect(faultOf(await api.post('/snapshots', unforced)).message).toMatch(/'force' flag is invalid/);
    await api.post(`/volumes/${id}/action`, { 'os-detach': {} });
    await api.post(`/volumes/${id}/action`, { 'os-reset_status': { status: 'creating' } });
    expect((await api.delete(`/volumes/${id}?force=true&cascade=true`, { version: '3.22' })).status).toBe(
      400,
    );
    expect((await api.delete(`/volumes/${id}?force=true&cascade=true`, { version: '3.23' })).status).toBe(
      202,
    );
  });
});
