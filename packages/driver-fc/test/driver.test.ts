import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytes, type Connector, type Volume } from '@scoria/core/contract';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Backend, MIB, PORTS, startBackend, volumeOf } from './fixtures/backend.ts';

const one: Connector = { host: 'one', wwpns: ['20:00:02:FC:00:00:01:10'], wwnns: ['100002fc00000110'] };
const two: Connector = {
  host: 'two',
  wwpns: ['2100000000000001', '2100000000000002'],
  wwnns: ['2000000000000001'],
};

let directory: string;
let backend: Backend;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'scoria-driver-fc-'));
});
afterEach(async () => {
  await backend?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const exported = async (index: number): Promise<Volume> => {
  const volume = volumeOf(index);
  await backend.client.createVolume({ volume });
  expect((await backend.client.createExport({ volume })).update).toEqual({});
  return volume;
};
const connect = async (volume: Volume, connector: Connector, readOnly = false) =>
  (await backend.client.initializeConnection({ volume, connector, readOnly })).connectionInfo;
const disconnect = async (volume: Volume, connector: Connector | null) =>
  (await backend.client.terminateConnection({ volume, connector })).connectionInfo;
const kinds = async () => (await backend.client.listOwned({})).objects.map(({ kind }) => kind);

describe('the Fibre Channel driver', () => {
  it('takes a volume through its life', async () => {
    backend = await startBackend(directory);
    const { client } = backend;
    const volume = await exported(1);
    expect(await connect(volume, one)).toEqual({
      driver_volume_type: 'fibre_channel',
      data: {
        target_discovered: true,
        target_lun: 1,
        target_wwn: PORTS,
        target_wwns: PORTS,
        target_luns: [1, 1],
        volume_id: volume.id,
        access_mode: 'rw',
        encrypted: false,
        initiator_target_map: { '200002fc00000110': PORTS },
      },
      identity: { type: 'serial', serial: volume.id },
    });
    expect((await client.extendVolume({ volume, newSize: bytes(32 * MIB) })).size).toBe(32 * MIB);
    expect((await connect(volume, two, true)).data).toMatchObject({ access_mode: 'ro', target_lun: 1 });
    expect(await kinds()).toEqual(['volume', 'target', 'access', 'access', 'access']);
    const ended = await disconnect(volume, two);
    expect(ended?.data).toMatchObject({
      initiator_target_map: { '2100000000000001': PORTS, '2100000000000002': PORTS },
    });
    await disconnect(volume, null);
    await client.removeExport({ volume });
    await client.deleteVolume({ volume });
    expect(await kinds()).toEqual([]);
  });

  it('has a single target_wwn where there is a single port', async () => {
    backend = await startBackend(directory, { fc_target_wwpns: PORTS.slice(0, 1) });
    const { data } = await connect(await exported(1), one);
    expect(data).toMatchObject({
      target_wwn: PORTS[0],
      initiator_target_map: { '200002fc00000110': [PORTS[0]] },
    });
    expect(data).not.toHaveProperty('target_wwns');
  });

  it('names zones to be removed with the last volume of an initiator only', async () => {
    backend = await startBackend(directory);
    const [first, second] = [await exported(1), await exported(2)];
    for (const volume of [first, second]) await connect(volume, one);
    expect(await disconnect(first, one)).toBeNull();
    expect(await disconnect(first, one)).toBeNull();
    expect((await disconnect(second, one))?.data).toHaveProperty('initiator_target_map');
  });

  it('brings an export back with the access of its connections, and says so of nobody else', async () => {
    backend = await startBackend(directory);
    const volume = await exported(1);
    const connectionInfo = await connect(volume, one, true);
    await connect(volume, two);
    await backend.client.ensureExport({ volume, connections: [{ connector: one, connectionInfo }] });
    expect(await kinds()).toEqual(['volume', 'target', 'access']);
    expect(await connect(volume, one, true)).toEqual(connectionInfo);
  });

  it.each<[string, Connector]>([
    ['without wwnns', { wwpns: one.wwpns }],
    ['without wwpns', { wwnns: one.wwnns }],
    ['with empty lists', { wwpns: [], wwnns: [] }],
    ['of iSCSI', { initiator: 'iqn.1993-08.org.debian:01:x' }],
  ])('refuses a connector %s (D35)', async (_, connector) => {
    backend = await startBackend(directory);
    const volume = await exported(1);
    const refused = { code: 'INVALID_CONNECTOR' };
    await expect(backend.client.validateConnector({ connector })).rejects.toMatchObject(refused);
    await expect(connect(volume, connector)).rejects.toMatchObject(refused);
    expect(await kinds()).toEqual(['volume', 'target']);
  });

  it('needs an export to connect to', async () => {
    backend = await startBackend(directory);
    const volume = volumeOf(1);
    await backend.client.createVolume({ volume });
    await expect(connect(volume, one)).rejects.toMatchObject({ code: 'INVALID_VOLUME' });
  });

  it('says what it is', async () => {
    backend = await startBackend(directory, { volume_backend_name: 'gold', reserved_percentage: 7 });
    expect(await backend.client.getVolumeStats({ refresh: true })).toMatchObject({
      volumeBackendName: 'gold',
      storageProtocol: 'FC',
      pools: [{ reservedPercentage: 7, multiattach: true }],
    });
  });

  it('refuses a helper that does not speak Fibre Channel, with what it speaks', async () => {
    await expect(startBackend(directory, { fc_helper: 'fake' })).rejects.toThrow(
      /"fake" speaks iscsi and iser, not fibre_channel/,
    );
  });
});
