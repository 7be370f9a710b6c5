import { renameSync, truncateSync, writeFileSync } from 'node:fs';
import { bytes, ContractError } from '@scoria/core/contract';
import Database from 'better-sqlite3';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { type AccessContext, HostVolumeAccess, usingVolumes } from '../../src/dataPath/index.ts';
import type { VolumeRecord } from '../../src/model/index.ts';
import { connectorOf, type Lifecycle, makeVolume, startLifecycle, user } from '../fixtures/lifecycle.ts';
import { type LocalAttach, localAttach } from '../fixtures/localAttach.ts';
import { scratchDirectory } from '../fixtures/scratchState.ts';

const MIB = 1024 * 1024;
const context: AccessContext = {
  signal: new AbortController().signal,
  log: pino({ level: 'silent' }),
  driverRequestId: (step) => `test:${step}`,
  run: 1,
};
const broken = (): never => {
  throw new ContractError('BACKEND_ERROR', 'the array is on fire');
};

interface Scene extends LocalAttach {
  readonly lifecycle: Lifecycle;
  readonly volume: VolumeRecord;
  /** A second service process over the same records. */
  again(): HostVolumeAccess;
  /** Everything that attaching may leave. */
  left(): Promise<unknown>;
}

const nothing = { exports: [], access: [], recorded: [] };

async function scene(): Promise<Scene> {
  const local = localAttach(scratchDirectory());
  const { driver, initiators } = local;
  const access = { prefer: 'attach', initiators } as const;
  const lifecycle = await startLifecycle({ drivers: { memory: driver }, access });
  const volume = await makeVolume(lifecycle, { size: bytes(MIB) });
  driver.calls.length = 0;
  const { state, backends } = lifecycle.deps;
  return {
    ...local,
    lifecycle,
    volume,
    again: () =>
      new HostVolumeAccess({
        state,
        backends,
        ...access,
        attachOptions: () => ({ scanTries: 1, multipath: false }),
        patienceMs: 1_000,
        closeMs: 10_000,
      }),
    left: async () => ({
      exports: [...driver.holdings.exports],
      access: [...driver.holdings.access.keys()],
      recorded: (await state.serviceAttachments.all()).map(({ volumeId }) => volumeId),
    }),
  };
}

describe('attaching that fails leaves nothing, and says what failed first (D2, D3)', () => {
  test.each<[string, string, (scene: Scene) => void]>([
    [
      'createExport, before its effect',
      'EXPORT_FAILURE',
      ({ driver }) => driver.before.set('createExport', broken),
    ],
    [
      'createExport, after its effect',
      'EXPORT_FAILURE',
      ({ driver }) => driver.after.set('createExport', broken),
    ],
    [
      'recording the export',
      'EXPORT_FAILURE',
      ({ lifecycle }) => {
        const database = new Database(lifecycle.path);
        database.exec(
          `CREATE TRIGGER no BEFORE UPDATE OF provider_location ON volumes BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`,
        );
        database.close();
      },
    ],
    [
      'initializeConnection, before its effect',
      'BACKEND_ERROR',
      ({ driver }) => driver.before.set('initializeConnection', broken),
    ],
    [
      'initializeConnection, after its effect',
      'BACKEND_ERROR',
      ({ driver }) => driver.after.set('initializeConnection', broken),
    ],
    ['connect', 'COMMAND_FAILED', ({ failing }) => failing.add('connect')],
    [
      'a device that is not there',
      'VOLUME_DEVICE_NOT_FOUND',
      ({ driver, fileOf, volume }) =>
        driver.after.set('initializeConnection', () =>
          renameSync(fileOf(volume.backendName), fileOf('elsewhere')),
        ),
    ],
    [
      'a device that is another one',
      'DEVICE_UNAVAILABLE',
      ({ driver, fileOf, volume }) =>
        driver.after.set('initializeConnection', () => {
          renameSync(fileOf(volume.backendName), fileOf('elsewhere'));
          writeFileSync(fileOf(volume.backendName), Buffer.alloc(MIB));
        }),
    ],
    [
      'a device one byte too small',
      'DEVICE_UNAVAILABLE',
      ({ fileOf, volume }) => truncateSync(fileOf(volume.backendName), MIB - 1),
    ],
  ])('%s', async (_, code, breakIt) => {
    const here = await scene();
    breakIt(here);
    await expect(here.lifecycle.deps.access.open(here.volume, 'rw', context)).rejects.toMatchObject({
      code,
      leftBehind: [],
      secondary: [],
    });
    expect(await here.left()).toEqual(nothing);
  });

  test('what could not be taken back is named, recorded, and gone after the next attempt', async () => {
    const { lifecycle, volume, driver, failing, left } = await scene();
    failing.add('connect');
    driver.before.set('terminateConnection', broken);
    const error = await lifecycle.deps.access.open(volume, 'rw', context).catch((each: unknown) => each);
    expect(error).toMatchObject({
      code: 'COMMAND_FAILED',
      leftBehind: [expect.stringContaining('the access of iqn.2020-01.example:service')],
      secondary: ['the array is on fire'],
    });
    expect(await left()).toMatchObject({ exports: [], recorded: [volume.id] });
    driver.before.clear();
    await lifecycle.deps.access.release(volume.id, context);
    expect(await left()).toEqual(nothing);
  });
});

describe('detaching', () => {
  test('is the reverse of attaching (contract.md §5.3)', async () => {
    const { lifecycle, volume, driver, verbs } = await scene();
    const opened = await lifecycle.deps.access.open(volume, 'rw', context);
    await opened.close({ force: false });
    expect(driver.calls.map(({ name }) => name)).toEqual([
      'createExport',
      'initializeConnection',
      'terminateConnection',
      'removeExport',
    ]);
    expect(verbs).toEqual(['connect', 'disconnect', 'disconnected force=false']);
  });

  test('without force stops where it fails and says what is left; with force goes on (D5)', async () => {
    const { lifecycle, volume, driver, failing, left } = await scene();
    const opened = await lifecycle.deps.access.open(volume, 'rw', context);
    failing.add('disconnect');
    await expect(opened.close({ force: false })).rejects.toMatchObject({
      message: 'disconnect does not work',
      leftBehind: [
        expect.stringContaining('the device of volume'),
        expect.stringContaining('the access of'),
        expect.stringContaining('the export of'),
      ],
    });
    expect(driver.count('terminateConnection')).toBe(0);
    driver.before.set('terminateConnection', broken);
    await expect(opened.close({ force: true })).rejects.toMatchObject({
      message: 'disconnect does not work',
      leftBehind: [expect.stringContaining('the device of'), expect.stringContaining('the access of')],
      secondary: ['the array is on fire'],
    });
    expect(await left()).toMatchObject({ exports: [], recorded: [volume.id] });
    failing.clear();
    driver.before.clear();
    await opened.close({ force: false });
    expect(await left()).toEqual(nothing);
  });

  test('what a killed run left attached is taken over, and taken away by whoever has it then', async () => {
    const { lifecycle, volume, again, left } = await scene();
    const opened = await lifecycle.deps.access.open(volume, 'rw', context);
    const second = again();
    const taken = await second.open(volume, 'rw', context);
    expect(taken.path).toBe(opened.path);
    await taken.close({ force: false });
    expect(await left()).toEqual(nothing);
    await again().release(volume.id, context);
  });

  test.each(['createExport', 'initializeConnection'] as const)(
    'what a killed run left attached is taken away when it cannot be taken over: %s fails',
    async (failing) => {
      const { lifecycle, volume, driver, verbs, again, left } = await scene();
      await lifecycle.deps.access.open(volume, 'rw', context);
      verbs.length = 0;
      driver.before.set(failing, broken);
      await expect(again().open(volume, 'rw', context)).rejects.toThrow('on fire');
      expect(verbs).toEqual(['disconnect', 'disconnected force=true']);
      expect(await left()).toEqual(nothing);
    },
  );

  test('the access and the export of a user stay', async () => {
    const { lifecycle, volume, driver, left } = await scene();
    const attachment = await lifecycle.services.attachments.create(user, {
      volumeId: volume.id,
      instanceId: null,
      connector: connectorOf('user'),
      mode: 'rw',
    });
    const opened = await lifecycle.deps.access.open(volume, 'ro', context);
    expect(driver.holdings.access.size).toBe(2);
    await opened.close({ force: true });
    expect(await left()).toEqual({
      exports: [volume.backendName],
      access: [`${volume.backendName} iqn.2020-01.example:user`],
      recorded: [],
    });
    await lifecycle.services.attachments.delete(user, attachment.id);
    expect(await left()).toEqual(nothing);
  });

  test('a user of the same initiator keeps access, device and export', async () => {
    const { lifecycle, volume, verbs, left } = await scene();
    await lifecycle.services.attachments.create(user, {
      volumeId: volume.id,
      instanceId: null,
      connector: connectorOf('service'),
      mode: 'rw',
    });
    const opened = await lifecycle.deps.access.open(volume, 'ro', context);
    await opened.close({ force: true });
    expect(verbs).toEqual(['connect']);
    expect(await left()).toMatchObject({
      exports: [volume.backendName],
      access: [`${volume.backendName} iqn.2020-01.example:service`],
      recorded: [],
    });
  });
});

describe('work with two volumes', () => {
  const both = async (here: Scene, work: () => Promise<void>) => {
    const other = await makeVolume(here.lifecycle, { size: bytes(MIB) });
    here.driver.calls.length = 0;
    const wanted = [
      { volume: other, mode: 'rw' },
      { volume: here.volume, mode: 'ro' },
    ] as const;
    return { other, done: usingVolumes(here.lifecycle.deps.access, wanted, context, work) };
  };
  const detached = ({ driver }: Scene) =>
    driver.calls
      .filter(({ name }) => name === 'terminateConnection')
      .map(({ params }) => {
        const { volume, force } = params as { volume: { id: string }; force: boolean };
        return { id: volume.id, force };
      });

  test('its own error is what is seen; both are detached by force, the first one first (D1, D6)', async () => {
    const here = await scene();
    const { other, done } = await both(here, () =>
      Promise.reject(new ContractError('NO_SPACE', 'it is full')),
    );
    await expect(done).rejects.toMatchObject({ code: 'NO_SPACE', message: 'it is full', secondary: [] });
    expect(detached(here)).toEqual([
      { id: other.id, force: true },
      { id: here.volume.id, force: true },
    ]);
    expect(await here.left()).toEqual(nothing);
  });

  test('what detaching could not do stands beside it, and one failure does not keep the other attached', async () => {
    const here = await scene();
    here.driver.before.set('removeExport', broken);
    const { done } = await both(here, () => Promise.reject(new ContractError('NO_SPACE', 'it is full')));
    await expect(done).rejects.toMatchObject({
      code: 'NO_SPACE',
      message: 'it is full',
      secondary: [
        expect.stringMatching(/on fire.*the export of/),
        expect.stringMatching(/on fire.*the export of/),
      ],
    });
    expect(detached(here)).toHaveLength(2);
  });

  test('when the second cannot be opened, the first is detached by force', async () => {
    const here = await scene();
    here.driver.before.set('createExport', (params) => {
      const { volume } = params as { volume: { id: string } };
      if (volume.id === here.volume.id) broken();
    });
    const { other, done } = await both(here, () => Promise.resolve());
    await expect(done).rejects.toMatchObject({ code: 'EXPORT_FAILURE' });
    expect(detached(here)).toEqual([{ id: other.id, force: true }]);
    expect(await here.left()).toEqual(nothing);
  });
});
