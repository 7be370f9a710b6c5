import { bytes, GIB } from '@scoria/driver-sdk';
import { describe, expect, it } from 'vitest';
import { openInProcess } from '../support/inProcess.ts';
import { volume } from '../support/objects.ts';

const reference = (name: string) => ({ 'source-name': name });
const type = (spec: Record<string, string>) => ({ id: 'gold', name: 'gold', extraSpecs: spec });
const host = (name: string) => ({ host: name, capabilities: {} });

describe('adoption', () => {
  const seeds = { fake_existing: [{ name: 'lun-7', size: GIB + 1, extra_specs: { tier: 'gold' } }] };
  const gold = volume({ extraSpecs: { tier: 'gold' } });

  it('tells the exact size, then adopts, once', async () => {
    const driver = await openInProcess(seeds);
    expect(await driver.manageExistingGetSize({ volume: gold, reference: reference('lun-7') })).toEqual({
      size: GIB + 1,
    });
    await driver.manageExisting({ volume: gold, reference: reference('lun-7') });
    await driver.manageExisting({ volume: gold, reference: reference('lun-7') });
    await expect(
      driver.manageExisting({
        volume: volume({ extraSpecs: { tier: 'gold' } }),
        reference: reference('lun-7'),
      }),
    ).rejects.toMatchObject({ code: 'INVALID_REFERENCE' });
    expect((await driver.listOwned({})).objects).toMatchObject([
      { kind: 'volume', name: gold.name, size: GIB + 1 },
    ]);
  });

  it.each([
    ['no name', {}],
    ['another key', { 'source-id': 'lun-7' }],
    ['an unknown name', reference('lun-8')],
    ['a name of Object', reference('constructor')],
  ])('refuses a reference with %s', async (_, wrong) => {
    const driver = await openInProcess(seeds);
    for (const call of [driver.manageExistingGetSize, driver.manageExisting] as const) {
      await expect(call({ volume: gold, reference: wrong })).rejects.toMatchObject({
        code: 'INVALID_REFERENCE',
      });
    }
  });

  it('refuses a type that does not fit', async () => {
    const driver = await openInProcess(seeds);
    await expect(
      driver.manageExisting({ volume: volume(), reference: reference('lun-7') }),
    ).rejects.toMatchObject({ code: 'VOLUME_TYPE_MISMATCH' });
  });

  it('lets go without losing the object', async () => {
    const driver = await openInProcess();
    const one = volume();
    await driver.createVolume({ volume: one });
    await driver.unmanage({ volume: one });
    await driver.unmanage({ volume: one });
    expect(await driver.listOwned({})).toEqual({ objects: [] });
    const again = volume();
    await driver.manageExisting({ volume: again, reference: reference(one.name) });
    expect((await driver.listOwned({})).objects).toMatchObject([{ name: again.name, size: bytes(one.size) }]);
  });
});

describe('migration, retype, transfer', () => {
  it('moves between its own pools and leaves the rest to the service', async () => {
    const driver = await openInProcess({ fake_pools: ['fast', 'slow'] });
    const one = volume();
    await driver.createVolume({ volume: one });
    const to = async (name: string) =>
      (await driver.migrateVolume({ volume: one, host: host(name) })).migrated;
    expect(await to('node@fake-backend#slow')).toBe(true);
    expect(await to('node@fake-backend#slow')).toBe(true);
    expect(await to('node@fake-backend#none')).toBe(false);
    expect(await to('node@another#slow')).toBe(false);
    const { pools } = await driver.getVolumeStats({});
    expect(pools.map(({ provisionedCapacity }) => provisionedCapacity)).toEqual([0, one.size]);
  });

  it('retypes as the type asks it to', async () => {
    const driver = await openInProcess();
    const one = volume();
    await driver.createVolume({ volume: one });
    const retype = (spec: Record<string, string>) =>
      driver.retype({ volume: one, newType: type(spec), diff: {}, host: host('node@fake-backend') });
    expect(await retype({})).toMatchObject({ retyped: true });
    expect(await retype({ 'fake:retype': 'refuse' })).toMatchObject({ retyped: false });
    await expect(retype({ 'fake:retype': 'mismatch' })).rejects.toMatchObject({
      code: 'VOLUME_TYPE_MISMATCH',
    });
  });

  it('transfers, twice alike', async () => {
    const driver = await openInProcess();
    const one = volume();
    await driver.createVolume({ volume: one });
    const transfer = { volume: one, newUser: 'u', newProject: 'p' };
    await driver.acceptTransfer(transfer);
    await driver.acceptTransfer(transfer);
    await expect(driver.acceptTransfer({ ...transfer, volume: volume() })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});
