import { createServer } from 'node:net';
import { join } from 'node:path';
import { Secret } from '@scoria/driver-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTarget, socketTransport, type TgtErrorCode, tgtClient } from '../../src/management/index.ts';
import { programTransport } from '../../src/management/programTransport.ts';
import { holdSession, inquireSerial } from '../fixtures/initiator.ts';
import { noTgtd, type PrivateTgtd, privateTgtd, until } from '../fixtures/privateTgtd.ts';

const IQN = 'iqn.2010-10.org.openstack:volume-1';
const INITIATOR = 'iqn.2020-01.org.example:me';
const refuses = (code: TgtErrorCode, number: number | null = expect.any(Number)) =>
  expect.objectContaining({ name: 'TgtError', code, number });

describe.skipIf(noTgtd)('the management socket of a real tgtd', () => {
  let tgtd: PrivateTgtd;
  beforeAll(async () => {
    tgtd = await privateTgtd();
    await tgtd.client.createTarget('iscsi', 1, IQN);
    await tgtd.client.createLun('iscsi', 1, 1, { path: await tgtd.file('v1'), storeType: 'rdwr' });
  });
  afterAll(async () => tgtd?.[Symbol.asyncDispose]());
  const shown = async (iqn = IQN) => {
    const block = (await tgtd.client.showTargets()).get(iqn);
    return block && parseTarget(block);
  };

  it('shows what was made', async () => {
    await tgtd.client.updateLun('iscsi', 1, 1, [
      ['scsi_sn', 'serial-1'],
      ['scsi_id', '00ff'],
    ]);
    expect(await shown()).toMatchObject({
      tid: 1,
      lld: 'iscsi',
      state: 'ready',
      luns: [
        { lun: 0 },
        { lun: 1, serial: 'serial-1', scsiId: '00ff', megabytes: 67, blockSize: 512, online: true },
      ],
    });
    expect((await tgtd.client.showDrivers()).get('iscsi')).toBe('ready');
    expect(await tgtd.client.showPortals('iscsi')).toEqual([`127.0.0.1:${tgtd.port}`]);
  });

  it.each<[string, () => Promise<unknown>, TgtErrorCode, number]>([
    ['a missing target', () => tgtd.client.deleteTarget('iscsi', 99, false), 'NO_TARGET', 4],
    ['a missing LUN', () => tgtd.client.deleteLun('iscsi', 1, 9), 'NO_LUN', 5],
    ['a missing session', () => tgtd.client.closeConnection('iscsi', 1, 4711, 0), 'NO_SESSION', 6],
    ['a taken id', () => tgtd.client.createTarget('iscsi', 1, `${IQN}0`), 'TARGET_EXISTS', 9],
    ['a taken name', () => tgtd.client.createTarget('iscsi', 2, IQN), 'TARGET_EXISTS', 9],
    [
      'a taken LUN',
      () => tgtd.client.createLun('iscsi', 1, 1, { path: '/dev/null', storeType: 'rdwr' }),
      'LUN_EXISTS',
      10,
    ],
    [
      'a missing file',
      () => tgtd.client.createLun('iscsi', 1, 2, { path: '/nowhere', storeType: 'rdwr' }),
      'INVALID_REQUEST',
      17,
    ],
    [
      'an unknown value',
      () => tgtd.client.updateLun('iscsi', 1, 1, [['nonsense', '1']]),
      'INVALID_REQUEST',
      17,
    ],
    ['an absent rule', () => tgtd.client.disallow('iscsi', 1, INITIATOR), 'NO_ACL', 13],
    ['a missing account', () => tgtd.client.bindAccount('iscsi', 1, 'nobody'), 'NO_ACCOUNT', 15],
    ['deleting a missing account', () => tgtd.client.deleteAccount('nobody'), 'NO_ACCOUNT', 15],
    [
      'a driver that is not ready',
      () => tgtd.client.createTarget('iser', 3, 'iqn.2010-10.org.x:iser'),
      'NO_DRIVER',
      3,
    ],
    ['stopping with targets', () => tgtd.client.stopDaemon(), 'INVALID_REQUEST', 17],
  ])('tells %s apart', (_, act, code, number) => expect(act()).rejects.toEqual(refuses(code, number)));

  it('tells duplicate rules and accounts apart, and keeps the first password', async () => {
    const { client, port } = tgtd;
    await client.allow('iscsi', 1, INITIATOR);
    await expect(client.allow('iscsi', 1, INITIATOR)).rejects.toEqual(refuses('ACL_EXISTS', 12));
    await client.createAccount('alice', new Secret('first-secret'));
    await expect(client.createAccount('alice', new Secret('other-secret'))).rejects.toEqual(
      refuses('ACCOUNT_EXISTS', 14),
    );
    await client.bindAccount('iscsi', 1, 'alice');
    await expect(client.bindAccount('iscsi', 1, 'alice')).rejects.toEqual(refuses('ACCOUNT_EXISTS', 14));
    const reach = { port, iqn: IQN, initiator: INITIATOR };
    const login = (password: string) => inquireSerial({ ...reach, chap: { username: 'alice', password } });
    expect(await login('first-secret')).toMatchObject({
      ok: true,
      text: expect.stringMatching(/\[\s*serial-1\]/),
    });
    expect(await login('other-secret')).toMatchObject({
      ok: false,
      text: expect.stringContaining('Authentication failure'),
    });
    expect((await inquireSerial(reach)).ok).toBe(false);
    await client.unbindAccount('iscsi', 1, 'alice');
    await client.deleteAccount('alice');
    expect(await client.showAccounts()).toEqual([]);
    await client.disallow('iscsi', 1, INITIATOR);
  });

  it('refuses to delete a target in use, and ends its session on request', async () => {
    const { client, port } = tgtd;
    await client.allow('iscsi', 1, INITIATOR);
    await using session = await holdSession({ port, iqn: IQN, initiator: INITIATOR });
    expect((await session.read()).ok).toBe(true);
    await expect(client.deleteTarget('iscsi', 1, false)).rejects.toEqual(refuses('TARGET_ACTIVE', 19));
    const [live] = await client.showSessions('iscsi', 1);
    expect(live).toMatchObject({ initiator: INITIATOR, connections: [{ address: '127.0.0.1' }] });
    expect((await shown())?.sessions).toEqual([live]);
    await client.disallow('iscsi', 1, INITIATOR);
    await client.closeConnection('iscsi', 1, live?.sid ?? -1, live?.connections[0]?.cid ?? -1);
    await until('the session is gone', async () => (await client.showSessions('iscsi', 1)).length === 0);
  });

  it('survives more connections at once than its backlog holds', async () => {
    const all = await Promise.all(Array.from({ length: 200 }, () => tgtd.client.showDrivers()));
    expect(all).toHaveLength(200);
  });

  it('needs the accounts unbound from the last to the first: a hole kills the daemon', async () => {
    await using victim = await privateTgtd();
    const { client } = victim;
    await client.createTarget('iscsi', 1, IQN);
    for (const name of ['one', 'two', 'three']) {
      await client.createAccount(name, new Secret(`secret-of-${name}`));
      await client.bindAccount('iscsi', 1, name);
    }
    await client.unbindAccount('iscsi', 1, 'three');
    expect((await client.showTargets()).size).toBe(1);
    await client.unbindAccount('iscsi', 1, 'one');
    await expect(client.showTargets()).rejects.toEqual(refuses('DAEMON_CLOSED', null));
  });

  describe('through the tgtadm program', () => {
    it('gets the same answers, and refuses to create an account', async () => {
      const client = tgtClient(programTransport(tgtd.controlPath));
      expect([...(await client.showTargets()).keys()]).toEqual([IQN]);
      await client.createTarget('iscsi', 5, `${IQN}5`);
      await client.createLun('iscsi', 5, 1, { path: await tgtd.file('v5'), storeType: 'rdwr' });
      await client.updateLun('iscsi', 5, 1, [['scsi_sn', 'five']]);
      expect((await shown(`${IQN}5`))?.luns[1]?.serial).toBe('five');
      await expect(client.createTarget('iscsi', 5, `${IQN}6`)).rejects.toEqual(refuses('TARGET_EXISTS', 9));
      await expect(client.deleteLun('iscsi', 5, 7)).rejects.toEqual(refuses('NO_LUN', 5));
      await expect(client.createAccount('u', new Secret('p'))).rejects.toEqual(
        refuses('PROGRAM_UNUSABLE', null),
      );
      await client.deleteTarget('iscsi', 5, false);
    });
    it('says when no daemon runs', () =>
      expect(tgtClient(programTransport('/nowhere')).showTargets()).rejects.toEqual(
        refuses('DAEMON_NOT_RUNNING', null),
      ));
  });
});

describe('a control socket without a tgtd', () => {
  it('tells that nothing is there', () =>
    expect(tgtClient(socketTransport('/nowhere/control.0')).showTargets()).rejects.toEqual(
      refuses('DAEMON_NOT_RUNNING', null),
    ));

  it.skipIf(noTgtd)('tells that nothing listens any more', async () => {
    await using tgtd = await privateTgtd();
    await tgtd.kill();
    await expect(tgtd.client.showTargets()).rejects.toEqual(refuses('DAEMON_NOT_RUNNING', null));
  });

  it('gives up at the deadline, or when told to', async () => {
    await using tgtd = await privateTgtd();
    const path = join(tgtd.directory, 'mute');
    const server = createServer((socket) => socket.resume());
    await new Promise<void>((resolve) => server.listen(path, resolve));
    const client = tgtClient(socketTransport(path, 50));
    await expect(client.showTargets()).rejects.toEqual(refuses('DEADLINE', null));
    await expect(client.showDrivers({ signal: AbortSignal.abort() })).rejects.toEqual(
      refuses('CANCELLED', null),
    );
    server.close();
  });
});
