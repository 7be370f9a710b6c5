import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Served, serve, tokens } from '../fixtures/memory/serve.ts';
import { clientOf, faultOf } from './client.ts';

let served: Served;
let api: ReturnType<typeof clientOf>;
beforeAll(async () => {
  served = await serve();
  api = clientOf(served);
});
afterAll(() => served[Symbol.asyncDispose]());

describe('types', () => {
  it('are created, changed, given extra specs and deleted', async () => {
    const made = await api.post('/types', {
      volume_type: { name: 'fast', 'os-volume-type-access:is_public': 'False', extra_specs: { a: '1' } },
    });
    expect(made).toMatchObject({
      status: 200,
      body: {
        volume_type: {
          name: 'fast',
          description: null,
          is_public: false,
          'os-volume-type-access:is_public': false,
          extra_specs: { a: '1' },
        },
      },
    });
    const taken = await api.post('/types', { volume_type: { name: 'fast' } });
    expect(faultOf(taken)).toMatchObject({ name: 'conflictingRequest', code: 409 });
    expect((await api.put('/types/fast', { volume_type: { description: 'd' } })).body).toMatchObject({
      volume_type: { name: 'fast', description: 'd' },
    });
    const specs = '/types/fast/extra_specs';
    expect((await api.post(specs, { extra_specs: { b: '2' } })).body).toEqual({ extra_specs: { b: '2' } });
    expect((await api.put(`${specs}/b`, { b: '3' })).body).toEqual({ b: '3' });
    expect((await api.get(`${specs}/b`)).body).toEqual({ b: '3' });
    expect((await api.get(specs)).body).toEqual({ extra_specs: { a: '1', b: '3' } });
    expect(faultOf(await api.put(`${specs}/b`, { c: '3' })).message).toMatch(/URI mismatch/);
    expect((await api.delete(`${specs}/b`)).status).toBe(202);
    expect((await api.delete(`${specs}/b`)).status).toBe(404);
    expect((await api.delete('/types/fast')).status).toBe(202);
  });

  it('that are private are listed for administrators who ask', async () => {
    await api.post('/types', { volume_type: { name: 'p', 'os-volume-type-access:is_public': false } });
    const names = async (query: string, token: string = tokens.admin) => {
      const { body } = await api.get(`/types${query}`, { token });
      return (body as { volume_types: { name: string }[] }).volume_types.map(({ name }) => name);
    };
    expect(await names('')).toEqual(['__DEFAULT__']);
    expect(await names('?is_public=None')).toEqual(['__DEFAULT__', 'p']);
    expect(await names('?is_public=false')).toEqual(['p']);
    expect(await names('?is_public=None', tokens.member)).toEqual(['__DEFAULT__']);
    expect((await api.get('/types?is_public=perhaps')).status).toBe(400);
    expect((await api.get('/types?is_public=None&limit=1')).body).toMatchObject({
      volume_type_links: [{ rel: 'next' }],
    });
    await api.delete('/types/p');
  });

  it.each([
    ['no name', {}, /volume_type\.name/],
    ['an empty name', { name: ' ' }, /must not be empty/],
    ['a long name', { name: 'n'.repeat(256) }, /at most 255/],
    ['a bad key', { name: 'x', extra_specs: { 'a b': 'c' } }, /extra_specs/],
    ['an unknown field', { name: 'x', colour: 'red' }, /'colour'/],
  ])('are refused with %s', async (_what, fields, says) => {
    expect(faultOf(await api.post('/types', { volume_type: fields })).message).toMatch(says);
  });
});

describe('backends', () => {
  it('show their pools in GiB', async () => {
    expect((await api.get('/scheduler-stats/get_pools')).body).toEqual({
      pools: [{ name: 'host1@memory#pool1' }],
    });
    expect((await api.get('/scheduler-stats/get_pools?detail=True')).body).toMatchObject({
      pools: [
        {
          name: 'host1@memory#pool1',
          capabilities: {
            total_capacity_gb: 100,
            free_capacity_gb: 60.5,
            allocated_capacity_gb: 40,
            provisioned_capacity_gb: 40,
            max_over_subscription_ratio: '1',
            thin_provisioning_support: true,
            storage_protocol: 'iSCSI',
            timestamp: '2026-11-23T10:00:00.000000',
          },
        },
      ],
    });
    for (const none of ['?name=x', '?storage_protocol=FC', '?colour=red'])
      expect((await api.get(`/scheduler-stats/get_pools${none}`)).body).toEqual({ pools: [] });
    expect((await api.get('/scheduler-stats/get_pools?storage_protocol=iscsi')).body).toMatchObject({
      pools: [{}],
    });
    expect((await api.get('/scheduler-stats/get_pools?volume_type=__DEFAULT__')).body).toMatchObject({
      pools: [{}],
    });
  });

  it('show their services, and why one is down', async () => {
    expect((await api.get('/os-services?binary=cinder-volume')).body).toMatchObject({
      services: [
        { binary: 'scoria-volume', host: 'host1@memory', state: 'up', backend_state: 'up', cluster: null },
        { host: 'host1@broken', state: 'down', disabled_reason: 'its process crashes' },
      ],
    });
    const { body } = await api.get('/os-services?host=host1@memory', { version: '3.6' });
    expect(body).toMatchObject({ services: [{ host: 'host1@memory' }] });
    expect(JSON.stringify(body)).not.toMatch(/cluster|backend_state/);
  });

  it('show capabilities, zones, limits, quotas and extensions', async () => {
    expect((await api.get('/capabilities/host1@memory')).body).toMatchObject({
      namespace: 'OS::Storage::Capabilities::host1@memory',
      storage_protocol: 'iSCSI',
    });
    expect(faultOf(await api.get('/capabilities/nope'))).toMatchObject({ code: 404 });
    expect((await api.get('/os-availability-zone')).body).toEqual({
      availabilityZoneInfo: [{ zoneName: 'nova', zoneState: { available: true } }],
    });
    expect((await api.get('/limits')).body).toMatchObject({
      limits: { rate: [], absolute: { maxTotalVolumes: -1, totalVolumesUsed: 0 } },
    });
    expect((await api.get('/os-quota-sets/some-project?usage=True')).body).toMatchObject({
      quota_set: { id: 'some-project', volumes: { limit: -1, in_use: 0, reserved: 0 } },
    });
    expect((await api.get('/os-quota-sets/p/defaults')).body).toMatchObject({ quota_set: { volumes: -1 } });
    expect((await api.get('/extensions/os-services')).body).toMatchObject({
      extension: { name: 'Services', links: [] },
    });
    expect((await api.get('/extensions/nope')).status).toBe(404);
    expect((await api.get('/resource_filters?resource=pool')).body).toEqual({
      resource_filters: [{ resource: 'pool', filters: ['name', 'volume_type'] }],
    });
  });
});

describe('features that do not exist yet', () => {
  it.each([
    ['os-volume-transfer', 'transfers'],
    ['consistencygroups', 'consistencygroups'],
    ['qos-specs', 'qos_specs'],
    ['groups', 'groups'],
    ['clusters', 'clusters'],
  ])('%s are an empty list, and say so on create', async (collection, key) => {
    expect((await api.get(`/${collection}`)).body).toEqual({ [key]: [] });
    expect((await api.get(`/${collection}/detail`)).body).toEqual({ [key]: [] });
    expect((await api.get(`/${collection}/x`)).status).toBe(404);
    const refused = faultOf(await api.post(`/${collection}`, {}));
    expect(refused).toMatchObject({ name: 'notImplemented', code: 501 });
    expect(refused.message).toMatch(/not available yet: /);
  });
});
