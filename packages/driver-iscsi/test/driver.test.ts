import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytes, type ConnectionInfo, Secret, type Volume } from '@scoria/core/contract';
import {
  startTgtd,
  type TemporaryDirectory,
  type Tgtd,
  temporaryDirectory,
  waitFor,
} from '@scoria-test/support';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Backend, snapshotOf, startBackend, volumeOf } from './fixtures/backend.ts';
import { holdSession, inquireSerial, missing, readCapacity } from './fixtures/initiator.ts';

const MIB = 1024 * 1024;
const HOST_A = { initiator: 'iqn.1993-08.org.debian:01:host-a', host: 'a', ip: '10.0.0.1' };
const HOST_B = { initiator: 'iqn.1993-08.org.debian:01:host-b', host: 'b', ip: '10.0.0.2' };

function iscsi(info: ConnectionInfo) {
  if (info.driver_volume_type !== 'iscsi') throw new Error(`${info.driver_volume_type} is not iscsi`);
  return info.data;
}

describe.skipIf(missing)('the iSCSI driver on tgtd and files', () => {
  let directory: TemporaryDirectory;
  let tgtd: Tgtd;
  let backend: Backend;
  let next = 1;
  const section = (more = {}) => ({
    iscsi_helper: 'tgtadm',
    backing_store: 'file',
    iscsi_ip_address: '127.0.0.1',
    iscsi_port: tgtd.port,
    tgt_control_socket: tgtd.controlSocket,
    reserved_percentage: 7,
    ...more,
  });
  beforeAll(async () => {
    directory = await temporaryDirectory('scoria-iscsi-');
    tgtd = await startTgtd(directory.path);
    backend = await startBackend(directory.path, section());
  });
  afterAll(async () => {
    await backend?.[Symbol.asyncDispose]();
    await tgtd?.stop();
    await directory?.[Symbol.asyncDispose]();
  });

  /** A volume that exists and is exported, as the service would record it. */
  async function exported(more: Partial<Volume> = {}): Promise<Volume> {
    const volume = volumeOf(next, more);
    next += 1;
    await backend.client.createVolume({ volume });
    const { update } = await backend.client.createExport({ volume });
    return { ...volume, ...update } as Volume;
  }
  async function connected(volume: Volume, connector = HOST_A) {
    return (await backend.client.initializeConnection({ volume, connector })).connectionInfo;
  }

  it('says where the volume is and who may use it, in the words of os-brick', async () => {
    const volume = await exported();
    expect(volume.providerLocation).toMatch(
      new RegExp(`^127\\.0\\.0\\.1:${tgtd.port},\\d+ iqn\\.2010-10\\.org\\.openstack:${volume.name} 1$`),
    );
    const info = await connected(volume);
    expect(info).toEqual({
      driver_volume_type: 'iscsi',
      identity: { type: 'serial', serial: volume.id },
      data: {
        target_discovered: false,
        target_portal: `127.0.0.1:${tgtd.port}`,
        target_iqn: `iqn.2010-10.org.openstack:${volume.name}`,
        target_lun: 1,
        volume_id: volume.id,
        auth_method: 'CHAP',
        auth_username: expect.stringMatching(/^[2-9A-HJ-NP-Za-km-z]{20}$/),
        auth_password: expect.any(Secret),
        encrypted: false,
        access_mode: 'rw',
      },
    });
    const seen = await inquireSerial(info, HOST_A.initiator);
    expect(seen.text).toContain(`[${volume.id}]`);
    expect(await readCapacity(info, HOST_A.initiator)).toBe(64 * MIB);
    expect((await inquireSerial(info, HOST_B.initiator)).text).toMatch(/Target not found/);
    expect((await inquireSerial(info, HOST_A.initiator, 'wrong-password')).text).toMatch(
      /Authentication failure/,
    );
  });

  it('gives the same initiator the same answer, and another one credentials of its own', async () => {
    const volume = await exported();
    const first = iscsi(await connected(volume));
    await backend.client.createExport({ volume });
    const again = iscsi(await connected(volume));
    expect(again.auth_username).toBe(first.auth_username);
    expect(again.auth_password?.reveal()).toBe(first.auth_password?.reveal());
    const other = iscsi(await connected(volume, HOST_B));
    expect(other.auth_username).not.toBe(first.auth_username);
    await backend.client.terminateConnection({ volume, connector: HOST_A });
    expect((await inquireSerial({ driver_volume_type: 'iscsi', data: first }, HOST_A.initiator)).ok).toBe(
      false,
    );
    expect((await inquireSerial({ driver_volume_type: 'iscsi', data: other }, HOST_B.initiator)).ok).toBe(
      true,
    );
    await backend.client.terminateConnection({ volume, connector: HOST_A });
    await backend.client.terminateConnection({ volume, connector: null });
    expect((await inquireSerial({ driver_volume_type: 'iscsi', data: other }, HOST_B.initiator)).ok).toBe(
      false,
    );
  });

  it('brings an export back with the credentials that the service stored, even when nothing else is left', async () => {
    const volume = await exported();
    const info = await connected(volume);
    await backend.client.removeExport({ volume });
    expect((await inquireSerial(info, HOST_A.initiator)).ok).toBe(false);
    await backend.client.ensureExport({ volume, connections: [{ connector: HOST_A, connectionInfo: info }] });
    expect((await inquireSerial(info, HOST_A.initiator)).ok).toBe(true);
    const previous = (
      await backend.client.initializeConnection({ volume, connector: HOST_A, previous: info })
    ).connectionInfo;
    expect(iscsi(previous).auth_username).toBe(iscsi(info).auth_username);
    await backend.client.ensureExport({ volume });
    expect((await inquireSerial(info, HOST_A.initiator)).ok).toBe(true);
  });

  it('uses the credentials that are stored with the volume', async () => {
    const volume = await exported({ providerAuth: new Secret('CHAP stored-user stored-secret-1') });
    const data = iscsi(await connected(volume));
    expect([data.auth_username, data.auth_password?.reveal()]).toEqual(['stored-user', 'stored-secret-1']);
    const bad = await exported({ providerAuth: new Secret('CHAP two words too-many') });
    await expect(connected(bad)).rejects.toMatchObject({ code: 'INVALID_VOLUME' });
  });

  it('finds the export of a volume whose location was lost, and says when there is none', async () => {
    const volume = { ...(await exported()), providerLocation: null };
    expect(iscsi(await connected(volume))).toMatchObject({ target_discovered: true, target_lun: 1 });
    const unexported = volumeOf(900);
    await backend.client.createVolume({ volume: unexported });
    await expect(connected(unexported)).rejects.toMatchObject({
      code: 'INVALID_VOLUME',
      message: expect.stringContaining(unexported.name),
    });
  });

  it('keeps the IQN of an export when the prefix was changed since', async () => {
    const volume = await exported();
    await using renamed = await startBackend(
      directory.path,
      section({
        iscsi_target_prefix: 'iqn.2020-01.org.example:',
        volumes_dir: join(backend.stateDir, 'volumes'),
      }),
    );
    const { connectionInfo } = await renamed.client.initializeConnection({ volume, connector: HOST_A });
    expect(iscsi(connectionInfo).target_iqn).toBe(`iqn.2010-10.org.openstack:${volume.name}`);
  });

  it('refuses to delete, unexport or detach a volume in use, unless forced', async () => {
    const volume = await exported();
    const info = await connected(volume);
    await using _session = await holdSession(info, HOST_A.initiator);
    await waitFor('the session', async () =>
      (await backend.client.listOwned({})).objects.some(
        (each) => each.kind === 'session' && each.name === volume.name,
      ),
    );
    for (const act of [
      () => backend.client.deleteVolume({ volume }),
      () => backend.client.removeExport({ volume }),
      () => backend.client.terminateConnection({ volume, connector: HOST_A }),
    ]) {
      await expect(act()).rejects.toMatchObject({ code: 'VOLUME_IS_BUSY' });
    }
    await backend.client.terminateConnection({ volume, connector: HOST_A, force: true });
    await backend.client.removeExport({ volume, force: true });
    await backend.client.deleteVolume({ volume });
    await backend.client.deleteVolume({ volume });
    expect((await backend.client.listOwned({})).objects.filter((each) => each.name === volume.name)).toEqual(
      [],
    );
  });

  it('grows an attached volume', async () => {
    const volume = await exported();
    const info = await connected(volume);
    expect(await backend.client.extendVolume({ volume, newSize: bytes(96 * MIB) })).toEqual({
      size: 96 * MIB,
    });
    expect(await readCapacity(info, HOST_A.initiator)).toBe(96 * MIB);
    await expect(backend.client.extendVolume({ volume, newSize: bytes(MIB) })).rejects.toMatchObject({
      code: 'SIZE_UNSUPPORTED',
    });
    const unexported = volumeOf(901);
    await backend.client.createVolume({ volume: unexported });
    expect(await backend.client.extendVolume({ volume: unexported, newSize: bytes(80 * MIB) })).toEqual({
      size: 80 * MIB,
    });
  });

  it('takes snapshots and makes volumes of them; names the bytes that the kernel must move', async () => {
    const volume = await exported();
    const { path } = await backend.client.localPath({ volume });
    await writeFile(path, 'the content', { flag: 'r+' });
    const snapshot = snapshotOf(1, volume);
    const { work } = await backend.client.createSnapshot({ snapshot });
    expect(work.every((each) => each.kind === 'copy')).toBe(true);
    const clone = volumeOf(902);
    await backend.client.createVolumeFromSnapshot({ volume: clone, snapshot });
    await expect(
      backend.client.createVolumeFromSnapshot({ volume: volumeOf(903, { size: bytes(MIB) }), snapshot }),
    ).rejects.toMatchObject({ code: 'SIZE_UNSUPPORTED' });
    await expect(
      backend.client.createClonedVolume({ volume: volumeOf(904, { size: bytes(MIB) }), source: volume }),
    ).rejects.toMatchObject({ code: 'SIZE_UNSUPPORTED' });
    await backend.client.deleteVolume({ volume: clone });
    await backend.client.deleteSnapshot({ snapshot });
  });

  it('adopts a file, and lets it go with its data', async () => {
    const kept = volumeOf(905);
    await backend.client.createVolume({ volume: kept });
    const { update } = await backend.client.createExport({ volume: kept });
    const volume = { ...kept, ...update } as Volume;
    await backend.client.unmanage({ volume });
    expect(
      (await backend.client.listOwned({})).objects.filter(
        (each) => each.kind === 'target' && each.name === volume.name,
      ),
    ).toEqual([]);
  });

  it.each([
    ['no initiator', { host: 'a' }],
    ['null', { initiator: null }],
    ['an empty one', { initiator: '' }],
    ['no iSCSI name', { initiator: 'host-a' }],
  ])('refuses a connector with %s', async (_, connector) => {
    await expect(backend.client.validateConnector({ connector })).rejects.toMatchObject({
      code: 'INVALID_CONNECTOR',
    });
    const volume = volumeOf(1);
    await expect(backend.client.initializeConnection({ volume, connector })).rejects.toMatchObject({
      code: 'INVALID_CONNECTOR',
    });
  });

  it('reports capacity with the configured reserve, under the name of the section', async () => {
    const stats = await backend.client.getVolumeStats({ refresh: true });
    expect(stats).toMatchObject({
      volumeBackendName: 'b1',
      vendorName: 'Open Source',
      driverVersion: '0.1.0',
      storageProtocol: 'iSCSI',
      pools: [{ reservedPercentage: 7, multiattach: true, totalCapacity: expect.any(Number) }],
    });
    expect(await backend.client.getVolumeStats({})).toEqual(stats);
  });

  it('comes back by itself when tgtd was killed, and no secret is anywhere on the way', async () => {
    await using place = await temporaryDirectory('scoria-iscsi-kill-');
    const first = await startTgtd(place.path);
    await using own = await startBackend(place.path, {
      ...section(),
      iscsi_port: first.port,
      tgt_control_socket: first.controlSocket,
    });
    const volume = volumeOf(1);
    await own.client.createVolume({ volume });
    const { update } = await own.client.createExport({ volume });
    const known = { ...volume, ...update } as Volume;
    const { connectionInfo } = await own.client.initializeConnection({ volume: known, connector: HOST_A });
    await first.stop();
    await expect(own.client.createExport({ volume: known })).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
    });
    const second = await startTgtd(place.path, { port: first.port });
    try {
      await own.client.ensureExport({ volume: known });
      expect((await inquireSerial(connectionInfo, HOST_A.initiator)).text).toContain(volume.id);
    } finally {
      await second.stop();
    }
    const secret = iscsi(connectionInfo).auth_password?.reveal() ?? expect.fail('no secret');
    expect(own.logs.join('\n')).not.toContain(secret);
    const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const texts = await Promise.all(
      processes.flatMap((pid) =>
        ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '')),
      ),
    );
    expect(texts.some((text) => text.includes(secret))).toBe(false);
    const holders: string[] = [];
    for (const entry of await readdir(place.path, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isFile() || (await stat(path)).size > MIB) continue;
      if ((await readFile(path, 'latin1')).includes(secret)) holders.push(path);
    }
    expect(holders).toHaveLength(1);
    for (const path of holders) expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('publishes every portal, IPv6 in brackets', async () => {
    await using other = await startBackend(
      directory.path,
      { iscsi_helper: 'fake', iscsi_ip_address: '10.1.2.3', iscsi_secondary_ip_addresses: ['fd00::1'] },
      'portals',
    );
    const volume = volumeOf(1);
    await other.client.createVolume({ volume });
    const { update } = await other.client.createExport({ volume });
    expect(update.providerLocation).toBe(
      `10.1.2.3:3260;[fd00::1]:3260,1 iqn.2010-10.org.openstack:${volume.name} 0`,
    );
    const known = { ...volume, ...update } as Volume;
    const { connectionInfo } = await other.client.initializeConnection({
      volume: known,
      connector: HOST_A,
      readOnly: true,
    });
    expect(iscsi(connectionInfo)).toMatchObject({
      target_portal: '10.1.2.3:3260',
      target_lun: 0,
      target_portals: ['10.1.2.3:3260', '[fd00::1]:3260'],
      target_iqns: [`iqn.2010-10.org.openstack:${volume.name}`, `iqn.2010-10.org.openstack:${volume.name}`],
      target_luns: [0, 0],
      access_mode: 'ro',
    });
  });

  it('attaches within 30 ms and detaches within 25 ms, driver, wire and tgtd together', async () => {
    const rounds = 25;
    const times: Record<string, number[]> = { create: [], attach: [], detach: [], remove: [] };
    const timed = async <T>(what: string, run: () => Promise<T>): Promise<T> => {
      const start = performance.now();
      const result = await run();
      times[what]?.push(performance.now() - start);
      return result;
    };
    for (let round = 0; round < rounds; round += 1) {
      const volume = volumeOf(2_000 + round);
      await timed('create', () => backend.client.createVolume({ volume }));
      const known = await timed('attach', async () => {
        const { update } = await backend.client.createExport({ volume });
        const exportedVolume = { ...volume, ...update } as Volume;
        await backend.client.initializeConnection({ volume: exportedVolume, connector: HOST_A });
        return exportedVolume;
      });
      await timed('detach', async () => {
        await backend.client.terminateConnection({ volume: known, connector: HOST_A });
        await backend.client.removeExport({ volume: known });
      });
      await timed('remove', () => backend.client.deleteVolume({ volume: known }));
    }
    const median = (all: number[]) =>
      all.sort((one, other) => one - other)[Math.floor(all.length / 2)] ?? Number.NaN;
    const medians = Object.fromEntries(Object.entries(times).map(([what, all]) => [what, median(all)]));
    console.info(
      Object.entries(medians)
        .map(([what, ms]) => `${what} ${ms.toFixed(1)} ms`)
        .join(', '),
    );
    // The goals are 30 and 25 ms on a quiet machine (test/bench measures them); the limits leave room for a busy one.
    expect(medians['attach']).toBeLessThan(90);
    expect(medians['detach']).toBeLessThan(75);
  });
});

describe('configuration', () => {
  it.each([
    ['a helper of that name', { iscsi_helper: 'tgtadmin' }, /iscsi_helper/],
    [
      'a store of that name',
      { iscsi_helper: 'fake', backing_store: 'floppy' },
      /backing-store "floppy" is not installed/,
    ],
    [
      'a prefix that is no IQN',
      { iscsi_helper: 'fake', iscsi_target_prefix: 'volumes:' },
      /iscsi_target_prefix/,
    ],
    ['a port out of range', { iscsi_helper: 'fake', iscsi_port: 70_000 }, /iscsi_port/],
  ])('is refused when it names no such thing: %s', async (_, options, why) => {
    await using directory = await temporaryDirectory('scoria-iscsi-conf-');
    await expect(startBackend(directory.path, options)).rejects.toThrow(why);
  });
});
