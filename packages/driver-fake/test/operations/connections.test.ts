import { type ConnectionInfo, isSecret, type Secret } from '@scoria/driver-sdk';
import { describe, expect, it } from 'vitest';
import { openInProcess } from '../support/inProcess.ts';
import { connector, volume } from '../support/objects.ts';

function passwordIn(info: ConnectionInfo): Secret {
  if (info.driver_volume_type !== 'iscsi' && info.driver_volume_type !== 'iser')
    throw new Error('no credentials');
  const { auth_password: password } = info.data;
  if (!isSecret(password)) throw new Error('no password');
  return password;
}

describe('connections', () => {
  it('needs an export', async () => {
    const driver = await openInProcess();
    const one = volume();
    await driver.createVolume({ volume: one });
    await expect(driver.initializeConnection({ volume: one, connector: connector() })).rejects.toMatchObject({
      code: 'INVALID_VOLUME',
    });
  });

  it('makes credentials once per initiator, and others for each other one', async () => {
    const driver = await openInProcess();
    const one = volume();
    await driver.createVolume({ volume: one });
    await driver.createExport({ volume: one });
    const connect = async (host: string) =>
      passwordIn(
        (await driver.initializeConnection({ volume: one, connector: connector(host) })).connectionInfo,
      );
    const first = await connect('one');
    expect((await connect('one')).equals(first)).toBe(true);
    expect((await connect('two')).equals(first)).toBe(false);
    await driver.terminateConnection({ volume: one, connector: connector('two') });
    expect((await connect('one')).equals(first)).toBe(true);
    await driver.terminateConnection({ volume: one, connector: null });
    expect((await connect('one')).equals(first)).toBe(false);
  });

  it('brings an export back with the credentials that the service kept (D25)', async () => {
    const before = await openInProcess();
    const one = volume();
    await before.createVolume({ volume: one });
    await before.createExport({ volume: one });
    const { connectionInfo } = await before.initializeConnection({ volume: one, connector: connector() });
    // A driver that remembers nothing: only the volume is there again.
    const after = await openInProcess();
    await after.createVolume({ volume: one });
    await after.ensureExport({ volume: one, connections: [{ connector: connector(), connectionInfo }] });
    const again = await after.initializeConnection({ volume: one, connector: connector() });
    expect(passwordIn(again.connectionInfo).equals(passwordIn(connectionInfo))).toBe(true);
    const { objects } = await after.listOwned({});
    expect(objects.map(({ kind }) => kind)).toEqual(['volume', 'target', 'access']);
  });

  it('takes up the credentials of a previous answer', async () => {
    const driver = await openInProcess();
    const one = volume();
    await driver.createVolume({ volume: one });
    await driver.createExport({ volume: one });
    const call = { volume: one, connector: connector() };
    const { connectionInfo: previous } = await driver.initializeConnection(call);
    await driver.terminateConnection(call);
    const { connectionInfo } = await driver.initializeConnection({ ...call, previous });
    expect(passwordIn(connectionInfo).equals(passwordIn(previous))).toBe(true);
  });

  it('keeps sessions alive unless forced, when told to have any', async () => {
    const driver = await openInProcess({ fake_sessions: true });
    const one = volume();
    const call = { volume: one, connector: connector() };
    await driver.createVolume({ volume: one });
    await driver.createExport({ volume: one });
    await driver.initializeConnection(call);
    expect((await driver.listOwned({})).objects.map(({ kind }) => kind)).toContain('session');
    await expect(driver.terminateConnection(call)).rejects.toMatchObject({ code: 'VOLUME_IS_BUSY' });
    await expect(driver.removeExport({ volume: one })).rejects.toMatchObject({ code: 'VOLUME_IS_BUSY' });
    await driver.terminateConnection({ ...call, force: true });
    await driver.removeExport({ volume: one });
    await driver.initializeConnection(call).then(
      () => expect.unreachable('there is no export'),
      (error: unknown) => expect(error).toMatchObject({ code: 'INVALID_VOLUME' }),
    );
  });

  it('tells a read-only attachment', async () => {
    const driver = await openInProcess();
    const one = volume({ readOnly: true });
    await driver.createVolume({ volume: one });
    await driver.createExport({ volume: one });
    const { connectionInfo } = await driver.initializeConnection({ volume: one, connector: connector() });
    expect(connectionInfo.data.access_mode).toBe('ro');
  });

  it('takes notifications about what it does not know', async () => {
    const driver = await openInProcess();
    const about = { volume: volume(), instanceId: 'i', hostName: null, mountpoint: '/dev/vdb' };
    expect(await driver.attachVolume(about)).toEqual({});
    expect(await driver.detachVolume({ volume: volume() })).toEqual({});
  });
});
