import { gibToBytes } from '@scoria/core/contract';
import { expect, test } from 'vitest';
import { ensureTypes } from '../../src/types/ensureTypes.ts';
import { admin, makeVolume, startLifecycle, user } from '../fixtures/lifecycle.ts';

const request = (name: string, change: object = {}) => ({
  name,
  description: null,
  isPublic: true,
  extraSpecs: {},
  ...change,
});

test('the default type is there, is given to volumes that name none, and stays', async () => {
  const { services, ...life } = await startLifecycle();
  const type = await services.types.default(user);
  expect(type.name).toBe('__DEFAULT__');
  expect(await makeVolume({ services, ...life })).toMatchObject({ volumeTypeId: type.id });
  await expect(services.types.delete(admin, type.id)).rejects.toMatchObject({ kind: 'InvalidVolumeType' });
  await expect(services.types.update(admin, type.id, { name: 'other' })).rejects.toMatchObject({
    kind: 'InvalidVolumeType',
  });
});

test('types are made, changed and deleted by administrators; names are unique; those in use stay', async () => {
  const life = await startLifecycle();
  const { types } = life.services;
  await expect(types.create(user, request('gold'))).rejects.toMatchObject({ kind: 'Forbidden' });
  const gold = await types.create(admin, request('gold', { extraSpecs: { tier: 'gold' } }));
  await expect(types.create(admin, request('gold'))).rejects.toMatchObject({ kind: 'Conflict' });
  expect(await types.get(user, 'gold')).toEqual(gold);
  expect(await types.setExtraSpecs(admin, gold.id, { volume_backend_name: 'memory' })).toEqual({
    tier: 'gold',
    volume_backend_name: 'memory',
  });
  await types.deleteExtraSpec(admin, gold.id, 'tier');
  await expect(types.deleteExtraSpec(admin, gold.id, 'tier')).rejects.toMatchObject({
    kind: 'MetadataNotFound',
  });
  expect(await types.update(admin, gold.id, { description: 'fast' })).toMatchObject({
    description: 'fast',
    extraSpecs: { volume_backend_name: 'memory' },
  });
  const volume = await makeVolume(life, { volumeType: 'gold' });
  await expect(types.delete(admin, gold.id)).rejects.toThrow(/has volumes/);
  await life.services.volumes.delete(user, volume.id, { cascade: false, force: false });
  await life.idle();
  await types.delete(admin, gold.id);
  await expect(types.get(admin, 'gold')).rejects.toMatchObject({ kind: 'VolumeTypeNotFound' });
});

test('a private type is not shown to users', async () => {
  const { services } = await startLifecycle();
  await services.types.create(admin, request('hidden', { isPublic: false }));
  expect((await services.types.list(user)).map(({ name }) => name)).toEqual(['__DEFAULT__']);
  await expect(services.types.get(user, 'hidden')).rejects.toMatchObject({ kind: 'VolumeTypeNotFound' });
  expect((await services.types.list(admin)).map(({ name }) => name)).toContain('hidden');
});

test('a type with multiattach makes multiattach volumes', async () => {
  const life = await startLifecycle();
  await life.services.types.create(admin, request('shared', { extraSpecs: { multiattach: '<is> True' } }));
  expect(await makeVolume(life, { volumeType: 'shared' })).toMatchObject({ multiattach: true });
});

test('configured types are made once, and a default that does not exist is told at start', async () => {
  const { deps } = await startLifecycle();
  const configured = { bronze: { is_public: true, extra_specs: { tier: 'bronze' } } };
  await ensureTypes(deps.state, configured, 'bronze');
  await deps.state.typeSpecs.merge((await deps.state.types.find('bronze'))?.id ?? '', { tier: 'changed' });
  await ensureTypes(deps.state, configured, 'bronze');
  expect(await deps.state.types.find('bronze')).toMatchObject({ extraSpecs: { tier: 'changed' } });
  await expect(ensureTypes(deps.state, {}, 'iron')).rejects.toThrow(/no volume type "iron"/);
});

test('pools, services and limits tell what there is', async () => {
  const life = await startLifecycle({ settings: { maxVolumes: 2, maxGigabytes: 3 } });
  await makeVolume(life);
  expect(await life.services.info.pools()).toMatchObject([
    { name: 'host@memory#pool', allocated: 2 ** 30, storageProtocol: 'iSCSI' },
  ]);
  expect(await life.services.info.services()).toMatchObject([
    { binary: 'scoria-scheduler', state: 'up' },
    { binary: 'scoria-volume', host: 'host@memory', state: 'up', backendState: 'ready' },
  ]);
  expect(await life.services.info.limits(user)).toMatchObject({
    maxVolumes: 2,
    usedVolumes: 1,
    usedGigabytes: 1,
    usedSnapshots: 0,
  });
  await makeVolume(life);
  await expect(makeVolume(life)).rejects.toMatchObject({ kind: 'OverLimit' });
  const [{ id } = { id: '' }] = await life.deps.state.volumes.inStatus(['available']);
  await expect(
    life.services.volumes.extend(user, id, gibToBytes(3), { allowInUse: false }),
  ).rejects.toMatchObject({
    kind: 'OverLimit',
  });
  life.driver.crash();
  expect((await life.services.info.services())[1]).toMatchObject({
    state: 'down',
    backendState: 'backing-off',
  });
});
