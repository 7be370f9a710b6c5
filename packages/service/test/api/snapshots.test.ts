import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { snapshotListSchema, snapshotResponseSchema } from '../../src/api/schemas/snapshots.ts';
import { projectA, type Served, serve, tokens } from '../fixtures/memory/serve.ts';
import { clientOf, faultOf } from './client.ts';

let served: Served;
let api: ReturnType<typeof clientOf>;
let volumeId: string;
beforeEach(async () => {
  served = await serve();
  api = clientOf(served);
  await api.post('/volumes', { volume: { size: 2 } });
  volumeId = [...served.store.volumes.keys()][0] ?? '';
});
afterEach(() => served[Symbol.asyncDispose]());

const create = async (fields: Record<string, unknown> = {}) => {
  const answer = await api.post('/snapshots', { snapshot: { volume_id: volumeId, ...fields } });
  return snapshotResponseSchema.parse(answer.body).snapshot;
};

describe('snapshots', () => {
  it('have exactly the fields of their microversion', async () => {
    const { id } = await create({ name: 's', metadata: { k: 'v' } });
    const plain = {
      id,
      created_at: expect.any(String),
      updated_at: null,
      name: 's',
      description: null,
      volume_id: volumeId,
      status: 'available',
      size: 2,
      metadata: { k: 'v' },
    };
    const extended = {
      ...plain,
      'os-extended-snapshot-attributes:project_id': projectA,
      'os-extended-snapshot-attributes:progress': '100%',
    };
    const at = async (version: string) => (await api.get(`/snapshots/${id}`, { version })).body;
    expect(await at('3.0')).toEqual({ snapshot: extended });
    expect(await at('3.14')).toEqual({ snapshot: { ...extended, group_snapshot_id: null } });
    expect(await at('3.65')).toEqual({
      snapshot: { ...extended, group_snapshot_id: null, user_id: 'user-admin', consumes_quota: true },
    });
    expect((await api.get('/snapshots')).body).toEqual({ snapshots: [plain] });
    const { snapshots } = snapshotListSchema.parse((await api.get('/snapshots/detail')).body);
    expect(snapshots[0]).toHaveProperty(['os-extended-snapshot-attributes:progress'], '100%');
  });

  it('are renamed, reset and deleted', async () => {
    const { id } = await create();
    const renamed = await api.put(`/snapshots/${id}`, { snapshot: { name: 'n', description: 'd' } });
    expect(renamed.body).toMatchObject({ snapshot: { name: 'n', description: 'd' } });
    const reset = { 'os-reset_status': { status: 'Creating' } };
    expect((await api.post(`/snapshots/${id}/action`, reset)).status).toBe(202);
    expect(faultOf(await api.delete(`/snapshots/${id}`)).message).toContain('is creating');
    expect((await api.post(`/snapshots/${id}/action`, { 'os-force_delete': null })).status).toBe(202);
    expect((await api.get(`/snapshots/${id}`)).status).toBe(404);
  });

  it('are filtered by volume, status and metadata, and paged', async () => {
    await create({ name: 'a', metadata: { k: 'v' } });
    await create({ name: 'b' });
    const names = async (query: string) =>
      snapshotListSchema.parse((await api.get(`/snapshots${query}`)).body).snapshots.map(({ name }) => name);
    expect(await names(`?volume_id=${volumeId}&sort=name:asc`)).toEqual(['a', 'b']);
    expect(await names('?status=error')).toEqual([]);
    expect(await names(`?metadata=${encodeURIComponent("{'k': 'v'}")}`)).toEqual(['a']);
    const page = snapshotListSchema.parse((await api.get('/snapshots/detail?limit=1&sort=name:asc')).body);
    expect(page.snapshots_links?.[0]?.href).toContain(`/snapshots/detail?limit=1&sort=name%3Aasc&marker=`);
  });

  it.each([
    ['without a volume', { volume_id: undefined }, 400, /volume_id/],
    ['of null', { volume_id: null }, 400, /volume_id/],
    [
      'of an unknown volume',
      { volume_id: '00000000-0000-4000-8000-000000000000' },
      404,
      /could not be found/,
    ],
    ['with a long name', { name: 'n'.repeat(256) }, 400, /snapshot\.name/],
    ['with force that is no boolean', { force: 'maybe' }, 400, /snapshot\.force/],
    ['with an unknown field', { colour: 'red' }, 400, /'colour' was unexpected/],
  ])('are refused %s', async (_what, fields, status, says) => {
    const answer = await api.post('/snapshots', { snapshot: { volume_id: volumeId, ...fields } });
    expect(answer.status).toBe(status);
    expect(faultOf(answer).message).toMatch(says);
    expect(served.store.snapshots.size).toBe(0);
  });

  it('of another project are not found', async () => {
    const { id } = await create();
    const other = clientOf(served, { token: tokens.other, project: null });
    expect((await other.get(`/snapshots/${id}`)).status).toBe(404);
    expect((await other.get('/snapshots')).body).toEqual({ snapshots: [] });
  });
});
