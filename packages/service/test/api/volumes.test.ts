import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  volumeDetailListSchema,
  volumeListSchema,
  volumeResponseSchema,
} from '../../src/api/schemas/volumes.ts';
import { projectA, type Served, serve, tokens } from '../fixtures/memory/serve.ts';
import { clientOf, faultOf } from './client.ts';

let served: Served;
let api: ReturnType<typeof clientOf>;
beforeEach(async () => {
  served = await serve();
  api = clientOf(served);
});
afterEach(() => served[Symbol.asyncDispose]());

const create = async (fields: Record<string, unknown>): Promise<string> => {
  const answer = await api.post('/volumes', { volume: { size: 1, ...fields } });
  return volumeResponseSchema.parse(answer.body).volume.id;
};
const detail = async (query: string) =>
  volumeDetailListSchema.parse((await api.get(`/volumes/detail${query}`)).body);
const names = async (query: string) => (await detail(query)).volumes.map(({ name }) => name);

describe('a volume', () => {
  it('has exactly the fields of 3.0 as a member creates it', async () => {
    const answer = await api.post(
      '/volumes',
      { volume: { size: 1, name: ' v ', metadata: { k: 'v' } } },
      { version: '3.0', token: tokens.member },
    );
    const { volume } = volumeResponseSchema.parse(answer.body);
    const self = `${served.url}/v3/${projectA}/volumes/${volume.id}`;
    expect(volume).toEqual({
      id: volume.id,
      status: 'available',
      size: 1,
      availability_zone: 'nova',
      created_at: '2026-11-23T10:00:00.001000',
      updated_at: null,
      name: 'v',
      description: null,
      volume_type: '__DEFAULT__',
      snapshot_id: null,
      source_volid: null,
      metadata: { k: 'v' },
      links: [
        { rel: 'self', href: self },
        { rel: 'bookmark', href: self.replace('/v3/', '/') },
      ],
      user_id: 'user-member',
      bootable: 'false',
      encrypted: false,
      replication_status: null,
      consistencygroup_id: null,
      multiattach: false,
      attachments: [],
    });
    expect(answer.status).toBe(202);
    expect(answer.headers['x-openstack-request-id']).toMatch(/^req-[0-9a-f-]{36}$/);
    expect(answer.headers['x-compute-request-id']).toBe(answer.headers['x-openstack-request-id']);
  });

  it('rounds a size that is not whole up', async () => {
    const id = await create({});
    const record = served.store.volumes.get(id);
    if (record === undefined) throw new Error('not stored');
    served.store.volumes.set(id, { ...record, size: (record.size + 1) as typeof record.size });
    expect((await detail('')).volumes[0]?.size).toBe(2);
  });

  it('shows readonly among its metadata, and its attachment once attached', async () => {
    const id = await create({ metadata: { k: 'v' } });
    await api.post(`/volumes/${id}/action`, { 'os-update_readonly_flag': { readonly: 'true' } });
    const attach = { 'os-attach': { host_name: 'h1', mountpoint: '/dev/vdb', mode: 'ro' } };
    expect((await api.post(`/volumes/${id}/action`, attach)).status).toBe(202);
    const { volume } = volumeResponseSchema.parse((await api.get(`/volumes/${id}`)).body);
    expect(volume).toMatchObject({
      status: 'in-use',
      metadata: { k: 'v', readonly: 'True' },
      attachments: [{ id, volume_id: id, server_id: null, host_name: 'h1', device: '/dev/vdb' }],
    });
    const asMember = await api.get(`/volumes/${id}`, { token: tokens.member });
    expect(volumeResponseSchema.parse(asMember.body).volume.attachments[0]?.host_name).toBeNull();
    expect(faultOf(await api.delete(`/volumes/${id}`)).message).toContain('still attached');
  });

  it('is served with and without the project in the URL, with links to match', async () => {
    const id = await create({});
    const answer = await api.get(`/volumes/${id}`, { project: null });
    expect(volumeResponseSchema.parse(answer.body).volume.links[0]?.href).toBe(
      `${served.url}/v3/volumes/${id}`,
    );
    expect((await api.get(`/volumes/${id}/`)).status).toBe(200);
  });

  it('is renamed, and loses its description by null', async () => {
    const id = await create({ name: 'a', description: 'd' });
    const answer = await api.put(`/volumes/${id}`, { volume: { name: 'b', description: null } });
    expect(answer).toMatchObject({ status: 200, body: { volume: { name: 'b', description: null } } });
    expect(faultOf(await api.put(`/volumes/${id}`, { volume: {} })).message).toMatch(/at least one of/);
    expect((await api.put(`/volumes/${id}`, { volume: {} }, { version: '3.52' })).status).toBe(200);
  });

  it('is deleted with its snapshots only by cascade', async () => {
    const id = await create({});
    await api.post('/snapshots', { snapshot: { volume_id: id } });
    expect(faultOf(await api.delete(`/volumes/${id}`)).message).toContain('dependent snapshots');
    expect((await api.delete(`/volumes/${id}?cascade=True`)).status).toBe(202);
    expect(served.store.snapshots.size).toBe(0);
  });
});

describe('lists', () => {
  beforeEach(async () => {
    await create({ name: 'a', size: 3, metadata: { colour: 'red', note: "it's" } });
    await create({ name: 'b', size: 1, metadata: { colour: 'blue' } });
    await create({ name: 'ab', size: 2 });
  });

  it.each([
    ['newest first by default', '', ['ab', 'b', 'a']],
    ['by name', '?sort=name:asc', ['a', 'ab', 'b']],
    ['by size down', '?sort_key=size', ['a', 'ab', 'b']],
    ['by two keys', '?sort=status:asc,size:asc', ['b', 'ab', 'a']],
    ['named', '?name=b', ['b']],
    ['named like', '?name~=a', ['ab', 'a']],
    ['of a size in GiB', '?size=2', ['ab']],
    ['of a size that is none', '?size=two', []],
    ['bootable', '?bootable=true', []],
    ['not bootable', '?bootable=0&sort=name:asc', ['a', 'ab', 'b']],
    ['by metadata in JSON', `?metadata=${encodeURIComponent('{"colour": "red"}')}`, ['a']],
    ['by metadata as Python', `?metadata=${encodeURIComponent(`{'colour': 'blue'}`)}`, ['b']],
    ['by quoted metadata', `?metadata=${encodeURIComponent(`{'note': "it's", 'colour': u'red'}`)}`, ['a']],
    ['created since', '?created_at=gte:2026-11-23T10:00:00.003Z', ['ab']],
    ['created before', '?created_at=lt:2026-11-23T10:00:00.003,gt:2026-11-23T10:00:00.001', ['b']],
    ['by what no volume has', '?group_id=x', []],
    ['consuming quota', '?consumes_quota=true&sort=name:asc', ['a', 'ab', 'b']],
    ['not consuming quota', '?consumes_quota=false', []],
    ['two', '?limit=2', ['ab', 'b']],
    ['none', '?limit=0', []],
    ['from the second', '?offset=1', ['b', 'a']],
  ])('%s', async (_what, query, expected) => {
    expect(await names(query)).toEqual(expected);
  });

  it('follows next links through all pages, in both lists', async () => {
    for (const path of ['/volumes', '/volumes/detail']) {
      const seen: (string | null)[] = [];
      let next: string | undefined = `${path}?limit=2&sort=name:asc&with_count=true`;
      while (next !== undefined) {
        const schema = path === '/volumes' ? volumeListSchema : volumeDetailListSchema;
        const page = schema.parse((await api.get(next)).body);
        expect(page.count).toBe(3);
        seen.push(...page.volumes.map(({ name }) => name));
        const href: string | undefined = page.volumes_links?.find(({ rel }) => rel === 'next')?.href;
        next = href?.slice(`${served.url}/v3/${projectA}`.length);
        if (next !== undefined) expect(next.startsWith(`${path}?`)).toBe(true);
      }
      expect(seen).toEqual(['a', 'ab', 'b']);
    }
  });

  it('counts all with limit 0', async () => {
    expect((await api.get('/volumes?limit=0&with_count=true')).body).toEqual({ volumes: [], count: 3 });
  });

  it('shows other projects to administrators only', async () => {
    await api.post(
      '/volumes',
      { volume: { size: 1, name: 'other' } },
      { token: tokens.other, project: null },
    );
    expect(await names('')).not.toContain('other');
    expect(await names('?all_tenants=1')).toContain('other');
    const asMember = await api.get('/volumes?all_tenants=1', { token: tokens.member });
    expect(volumeListSchema.parse(asMember.body).volumes.map(({ name }) => name)).not.toContain('other');
  });

  it('before 3.31 ignores unknown filters of users; to administrators they match nothing', async () => {
    const asMember = await api.get('/volumes?colour=red', { token: tokens.member, version: '3.30' });
    expect(volumeListSchema.parse(asMember.body).volumes).toHaveLength(3);
    const asAdmin = await api.get('/volumes?colour=red', { version: '3.30' });
    expect(volumeListSchema.parse(asAdmin.body).volumes).toEqual([]);
    expect((await api.get('/volumes?colour=red', { token: tokens.member })).status).toBe(400);
  });

  it('adds up in the summary', async () => {
    expect((await api.get('/volumes/summary')).body).toEqual({
      'volume-summary': {
        total_count: 3,
        total_size: 6,
        metadata: { colour: ['red', 'blue'], note: ["it's"] },
      },
    });
    expect((await api.get('/volumes/summary', { version: '3.35' })).body).toEqual({
      'volume-summary': { total_count: 3, total_size: 6 },
    });
  });
});

describe('metadata', () => {
  it.each([
    ['volumes', async () => create({ metadata: { a: '1' } })],
    [
      'snapshots',
      async () => {
        const volumeId = await create({});
        await api.post('/snapshots', { snapshot: { volume_id: volumeId, metadata: { a: '1' } } });
        return [...served.store.snapshots.keys()][0] ?? '';
      },
    ],
  ])('of %s is listed, added, replaced, shown and deleted', async (collection, make) => {
    const path = `/${collection}/${await make()}/metadata`;
    expect((await api.get(path)).body).toEqual({ metadata: { a: '1' } });
    expect((await api.post(path, { metadata: { b: '2' } })).body).toEqual({ metadata: { a: '1', b: '2' } });
    expect((await api.put(`${path}/a`, { meta: { a: '3' } })).body).toEqual({ meta: { a: '3' } });
    expect((await api.get(`${path}/a`)).body).toEqual({ meta: { a: '3' } });
    expect(faultOf(await api.put(`${path}/a`, { meta: { b: '3' } })).message).toMatch(/URI mismatch/);
    expect(faultOf(await api.put(`${path}/a`, { meta: { a: '3', b: '3' } })).message).toMatch(/exactly one/);
    expect((await api.put(path, { metadata: { c: '4' } })).body).toEqual({ metadata: { c: '4' } });
    expect((await api.delete(`${path}/c`)).status).toBe(200);
    expect(faultOf(await api.delete(`${path}/c`))).toMatchObject({ code: 404 });
    expect(faultOf(await api.get(`${path}/constructor`))).toMatchObject({ code: 404 });
  });

  it('of a volume is not overwritten when the Etag is old', async () => {
    const path = `/volumes/${await create({ metadata: { a: '1' } })}/metadata`;
    const etag = String((await api.get(path)).headers.etag);
    await api.post(path, { metadata: { a: '2' } });
    const stale = { headers: { 'if-match': `"${etag}"` } };
    expect((await api.put(path, { metadata: {} }, stale)).status).toBe(412);
    expect((await api.put(`${path}/a`, { meta: { a: '3' } }, stale)).status).toBe(412);
    const fresh = String((await api.get(path)).headers.etag);
    const answer = await api.put(path, { metadata: {} }, { headers: { 'if-match': fresh } });
    expect(answer).toMatchObject({ status: 200, body: { metadata: {} } });
  });
});

describe('messages', () => {
  it('are the failures of volumes', async () => {
    const id = await create({ name: 'broken' });
    const record = served.store.volumes.get(id);
    if (record === undefined) throw new Error('not stored');
    served.store.volumes.set(id, { ...record, status: 'error', failure: 'No space left on pool1.' });
    await create({ name: 'fine' });
    const message = {
      id,
      event_id: 'VOLUME_ERROR',
      user_message: 'No space left on pool1.',
      message_level: 'ERROR',
      resource_type: 'VOLUME',
      resource_uuid: id,
    };
    expect((await api.get('/messages')).body).toMatchObject({ messages: [message] });
    expect((await api.get(`/messages/${id}`)).body).toMatchObject({ message });
    expect((await api.get('/messages?resource_type=BACKUP')).body).toEqual({ messages: [] });
  });
});

it('serves 1,000 volumes in detail on one page', async () => {
  for (let index = 0; index < 1000; index += 1)
    await create({ name: `v${index}`, metadata: { index: `${index}` } });
  const { volumes } = volumeDetailListSchema.parse((await api.get('/volumes/detail')).body);
  expect(new Set(volumes.map(({ metadata }) => metadata['index'])).size).toBe(1000);
}, 60_000);
