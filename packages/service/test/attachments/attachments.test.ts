import { ContractError } from '@scoria/core/contract';
import { expect, test } from 'vitest';
import { visibleMetadata } from '../../src/api/views/volume.ts';
import type { AttachmentRecord, VolumeRecord } from '../../src/model/index.ts';
import {
  admin,
  connectorOf,
  eventually,
  type Lifecycle,
  makeVolume,
  startLifecycle,
  user,
} from '../fixtures/lifecycle.ts';
import { MemoryDriver } from '../fixtures/memoryDriver.ts';

const attach = (
  life: Lifecycle,
  volume: VolumeRecord,
  host: string | null,
  instanceId: string | null = null,
) =>
  life.services.attachments.create(user, {
    volumeId: volume.id,
    instanceId,
    connector: host === null ? null : connectorOf(host),
    mode: 'rw',
  });
const statusOf = async (life: Lifecycle, { id }: VolumeRecord) =>
  (await life.services.volumes.get(user, id)).status;
const password = ({ connectionInfo }: AttachmentRecord) =>
  connectionInfo?.driver_volume_type === 'iscsi' ? connectionInfo.data.auth_password?.reveal() : undefined;

test('a volume that another host reached without an attachment is attached by nobody else', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  await life.services.volumes.initializeConnection(user, volume.id, connectorOf('first'));
  const request = {
    volumeId: volume.id,
    instanceId: null,
    mode: 'rw' as const,
    connector: connectorOf('second'),
  };
  await expect(life.services.attachments.create(user, request)).rejects.toMatchObject({
    kind: 'InvalidVolume',
    message: expect.stringContaining(
      'iqn.2020-01.example:first may still reach it: terminate the connection first',
    ),
  });
  expect((await life.services.volumes.get(user, volume.id)).status).toBe('available');
  await life.services.volumes.terminateConnection(user, volume.id, connectorOf('first'), { force: false });
  expect(await life.services.attachments.create(user, request)).toMatchObject({ status: 'attaching' });
});

test('reserve, update with a connector, complete, delete: the volume follows, and nothing is left', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  const reserved = await attach(life, volume, null, 'instance-1');
  expect(reserved).toMatchObject({ status: 'reserved', connectionInfo: null });
  expect(await statusOf(life, volume)).toBe('reserved');
  const connected = await life.services.attachments.update(user, reserved.id, connectorOf('a'));
  expect(connected).toMatchObject({
    status: 'attaching',
    attachedHost: 'a',
    connectionInfo: { data: { access_mode: 'rw' } },
  });
  expect(await life.services.volumes.get(user, volume.id)).toMatchObject({
    status: 'attaching',
    providerLocation: expect.stringContaining(volume.backendName),
  });
  await life.services.attachments.complete(user, reserved.id);
  expect(await life.services.volumes.get(user, volume.id)).toMatchObject({
    status: 'in-use',
    attachStatus: 'attached',
    adminMetadata: { attached_mode: 'rw' },
  });
  const shown = async () => visibleMetadata(await life.services.volumes.get(user, volume.id));
  expect(await shown()).toEqual({ attached_mode: 'rw' });
  expect(await life.services.attachments.delete(user, reserved.id)).toEqual([]);
  expect(await life.services.volumes.get(user, volume.id)).toMatchObject({
    status: 'available',
    attachStatus: 'detached',
  });
  expect(await shown()).toEqual({});
  expect(life.driver.holdings).toMatchObject({ exports: new Set(), access: new Map() });
  expect(await life.deps.state.connections.ofVolume(volume.id)).toEqual([]);
});

test('of many attachments of a volume at once exactly one is accepted', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map((host) => attach(life, volume, host)));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(life.driver.holdings.access.size).toBe(1);
});

test('of many deletions of an attachment exactly one does it', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  const { id } = await attach(life, volume, 'a');
  const results = await Promise.allSettled(
    [1, 2, 3, 4].map(() => life.services.attachments.delete(user, id)),
  );
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(life.driver.count('terminateConnection')).toBe(1);
  expect(await statusOf(life, volume)).toBe('available');
});

test('a multiattach volume: ending one attachment keeps access and export of the other', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life, { multiattach: true });
  const first = await attach(life, volume, 'a');
  const second = await attach(life, volume, 'b');
  for (const { id } of [first, second]) await life.services.attachments.complete(user, id);
  expect((await life.services.attachments.delete(user, first.id)).map(({ id }) => id)).toEqual([second.id]);
  expect(await statusOf(life, volume)).toBe('in-use');
  expect([...life.driver.holdings.access.keys()]).toEqual([`${volume.backendName} iqn.2020-01.example:b`]);
  expect(life.driver.holdings.exports.size).toBe(1);
  await life.services.attachments.delete(user, second.id);
  expect(life.driver.holdings.exports.size).toBe(0);
});

test('two instances on one host share its access until the last of them goes', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life, { multiattach: true });
  const first = await attach(life, volume, 'a', 'instance-1');
  const second = await attach(life, volume, 'a', 'instance-2');
  expect(password(second)).toBe(password(first));
  await life.services.attachments.delete(user, first.id);
  expect(life.driver.holdings.access.size).toBe(1);
  await life.services.attachments.delete(user, second.id);
  expect(life.driver.holdings.access.size).toBe(0);
});

test('an instance that moves holds the volume on both hosts; another instance does not get it', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  const from = await attach(life, volume, 'a', 'instance-1');
  await life.services.attachments.complete(user, from.id);
  await expect(attach(life, volume, null, 'instance-2')).rejects.toThrow(
    /is in-use and can be attached only when/,
  );
  const to = await attach(life, volume, 'b', 'instance-1');
  await life.services.attachments.complete(user, to.id);
  await life.services.attachments.delete(user, from.id);
  expect(await statusOf(life, volume)).toBe('in-use');
});

test.each(['createExport', 'initializeConnection'] as const)(
  'when %s fails after its effect, all of it is taken back and the first cause is told',
  async (operation) => {
    const life = await startLifecycle();
    const volume = await makeVolume(life);
    const reserved = await attach(life, volume, null);
    life.driver.after.set(operation, () => {
      throw new ContractError('EXPORT_FAILURE', 'not today');
    });
    await expect(life.services.attachments.update(user, reserved.id, connectorOf('a'))).rejects.toMatchObject(
      {
        code: 'EXPORT_FAILURE',
        message: 'not today',
      },
    );
    expect(life.driver.holdings).toMatchObject({ exports: new Set(), access: new Map() });
    expect(await life.deps.state.connections.ofVolume(volume.id)).toEqual([]);
    expect(await life.services.volumes.get(user, volume.id)).toMatchObject({
      status: 'error_attaching',
      failure: expect.stringContaining('not today'),
    });
    await life.services.attachments.delete(user, reserved.id);
    expect(await statusOf(life, volume)).toBe('available');
  },
);

test('a create with a connector is all or nothing', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  life.driver.before.set('initializeConnection', () => {
    throw new ContractError('TARGET_ATTACH_FAILED', 'no');
  });
  await expect(attach(life, volume, 'a')).rejects.toMatchObject({ code: 'TARGET_ATTACH_FAILED' });
  expect(await life.deps.state.attachments.ofVolume(volume.id)).toEqual([]);
  expect(await statusOf(life, volume)).toBe('available');
});

test('an initiator that could not be revoked stays on record, so that it can be', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  const reserved = await attach(life, volume, null);
  life.driver.after.set('initializeConnection', () => {
    throw new ContractError('TARGET_ATTACH_FAILED', 'first cause');
  });
  life.driver.before.set('terminateConnection', () => {
    throw new ContractError('TARGET_DETACH_FAILED', 'cannot revoke');
  });
  await expect(life.services.attachments.update(user, reserved.id, connectorOf('a'))).rejects.toMatchObject({
    message: 'first cause',
    secondary: ['cannot revoke'],
  });
  expect(await life.deps.state.connections.ofVolume(volume.id)).toHaveLength(1);
  life.driver.before.clear();
  await life.services.attachments.delete(user, reserved.id);
  expect(life.driver.holdings.access.size).toBe(0);
  expect(await statusOf(life, volume)).toBe('available');
});

test('a failing repetition does not take away the access that was there before', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  const before = await life.services.volumes.initializeConnection(user, volume.id, connectorOf('a'));
  life.driver.before.set('initializeConnection', () => {
    throw new ContractError('TARGET_ATTACH_FAILED', 'no');
  });
  await expect(
    life.services.volumes.initializeConnection(user, volume.id, connectorOf('a')),
  ).rejects.toMatchObject({ code: 'TARGET_ATTACH_FAILED' });
  expect(life.driver.holdings.access.size).toBe(1);
  life.driver.before.clear();
  const after = await life.services.volumes.initializeConnection(user, volume.id, connectorOf('a'));
  expect(JSON.stringify(after)).toBe(JSON.stringify(before));
});

test('a detach that fails is error_detaching and can be repeated', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  const { id } = await attach(life, volume, 'a');
  life.driver.before.set('terminateConnection', () => {
    throw new ContractError('VOLUME_IS_BUSY', 'a session is live');
  });
  await expect(life.services.attachments.delete(user, id)).rejects.toMatchObject({ code: 'VOLUME_IS_BUSY' });
  expect(await statusOf(life, volume)).toBe('error_detaching');
  expect(life.driver.count('removeExport')).toBe(0);
  life.driver.before.clear();
  await life.services.attachments.delete(user, id);
  expect(await statusOf(life, volume)).toBe('available');
});

test('with force every step is tried and what failed is told', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  await life.services.volumes.initializeConnection(user, volume.id, connectorOf('a'));
  life.driver.before.set('terminateConnection', () => {
    throw new ContractError('TARGET_DETACH_FAILED', 'cannot revoke');
  });
  await expect(
    life.services.volumes.terminateConnection(user, volume.id, connectorOf('a'), { force: true }),
  ).rejects.toMatchObject({ code: 'TARGET_DETACH_FAILED' });
  expect(life.driver.holdings.exports.size).toBe(0);
});

test.each([
  [{}, 'InvalidConnector', /names no initiator/],
  [{ initiator: '' }, 'InvalidConnector', /names no initiator/],
  [{ host: 'a' }, 'InvalidConnector', /has no "initiator"/],
])('connector %j is refused and leaves no trace', async (connector, kind, message) => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  await expect(
    life.services.attachments.create(user, { volumeId: volume.id, instanceId: null, connector, mode: 'rw' }),
  ).rejects.toMatchObject({ kind, message: expect.stringMatching(message) });
  expect(await statusOf(life, volume)).toBe('available');
  expect(life.driver.count('createExport')).toBe(0);
});

test('the legacy flow: reserve, initialize, attach, begin detaching, terminate, detach', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  const { volumes } = life.services;
  await volumes.reserve(user, volume.id);
  expect(await statusOf(life, volume)).toBe('attaching');
  await volumes.initializeConnection(user, volume.id, connectorOf('a'));
  await volumes.attach(user, volume.id, {
    instanceId: 'instance-1',
    hostName: null,
    mountpoint: '/dev/vdb',
    mode: 'rw',
  });
  expect(await statusOf(life, volume)).toBe('in-use');
  expect((await volumes.attachmentsOf([volume.id])).get(volume.id)).toMatchObject([
    { status: 'attached', mountpoint: '/dev/vdb', attachedHost: 'a' },
  ]);
  await volumes.beginDetaching(user, volume.id);
  await volumes.rollDetaching(user, volume.id);
  await volumes.beginDetaching(user, volume.id);
  expect(await statusOf(life, volume)).toBe('detaching');
  await volumes.terminateConnection(user, volume.id, connectorOf('a'), { force: false });
  await volumes.detach(user, volume.id, null);
  expect(await statusOf(life, volume)).toBe('available');
  expect(life.driver.holdings).toMatchObject({ exports: new Set(), access: new Map() });
});

test('a legacy detach takes access that was never terminated', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  await life.services.volumes.initializeConnection(user, volume.id, connectorOf('a'));
  await life.services.volumes.attach(user, volume.id, {
    instanceId: null,
    hostName: 'a',
    mountpoint: '/dev/sdb',
    mode: 'rw',
  });
  await life.services.volumes.detach(user, volume.id, null);
  expect(life.driver.holdings).toMatchObject({ exports: new Set(), access: new Map() });
});

test('detaching what is not attached, or without saying which of two, is refused', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life, { multiattach: true });
  await expect(life.services.volumes.detach(user, volume.id, null)).rejects.toThrow(/is not attached/);
  await expect(life.services.volumes.detach(user, volume.id, crypto.randomUUID())).rejects.toThrow(
    /has no attachment/,
  );
  for (const hostName of ['a', 'b'])
    await life.services.volumes.attach(user, volume.id, {
      instanceId: null,
      hostName,
      mountpoint: '/dev/sdb',
      mode: 'rw',
    });
  await expect(life.services.volumes.detach(user, volume.id, null)).rejects.toThrow(/name the one to detach/);
});

test('a read-only volume is attached read-only or not at all', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  await life.services.volumes.setReadOnly(user, volume.id, true);
  await expect(
    life.services.volumes.initializeConnection(user, volume.id, { ...connectorOf('a'), mode: 'rw' }),
  ).rejects.toThrow(/read-only/);
  const info = await life.services.volumes.initializeConnection(user, volume.id, connectorOf('a'));
  expect(info.data.access_mode).toBe('ro');
});

test('an attach that a stop interrupted is taken back by the next start', async () => {
  const driver = new MemoryDriver();
  const first = await startLifecycle({ drivers: { memory: driver } });
  const volume = await makeVolume(first);
  const reserved = await attach(first, volume, null);
  driver.after.set('initializeConnection', () => new Promise<void>(() => undefined));
  const update = expect(
    first.services.attachments.update(user, reserved.id, connectorOf('a')),
  ).rejects.toMatchObject({ kind: 'ServiceUnavailable' });
  await eventually(() => expect(driver.holdings.access.size).toBe(1));
  await first.stop();
  await update;
  driver.after.clear();
  const second = await startLifecycle({ drivers: { memory: driver }, path: first.path });
  (await second.deps.journal.prepareRecovery()).start();
  await second.idle();
  expect(driver.holdings).toMatchObject({ exports: new Set(), access: new Map() });
  expect(await statusOf(second, volume)).toBe('error_attaching');
});

test('another project sees and changes nothing of it', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  const { id } = await attach(life, volume, null);
  const stranger = { ...user, projectId: 'project-b' };
  await expect(life.services.attachments.get(stranger, id)).rejects.toMatchObject({
    kind: 'AttachmentNotFound',
  });
  await expect(life.services.attachments.delete(stranger, id)).rejects.toMatchObject({
    kind: 'AttachmentNotFound',
  });
  await expect(life.services.volumes.get(stranger, volume.id)).rejects.toMatchObject({
    kind: 'VolumeNotFound',
  });
  await expect(
    life.services.volumes.delete(stranger, volume.id, { cascade: false, force: false }),
  ).rejects.toMatchObject({ kind: 'VolumeNotFound' });
  expect(await life.services.volumes.get({ ...admin, projectId: 'project-b' }, volume.id)).toMatchObject({
    id: volume.id,
  });
});

/** Holds an operation of the driver until it is let go, the first time it is called. */
function held(life: Lifecycle, name: 'terminateConnection' | 'createExport') {
  const reached = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  life.driver.before.set(name, async () => {
    life.driver.before.delete(name);
    reached.resolve();
    await gate.promise;
  });
  return { reached: reached.promise, letGo: () => gate.resolve() };
}

test.each(['the same host', 'another host'])(
  'access given to %s while all access is being taken away is on record',
  async (who) => {
    const life = await startLifecycle();
    const { volumes } = life.services;
    const { id } = await makeVolume(life);
    await volumes.initializeConnection(user, id, connectorOf('a'));
    const host = who === 'the same host' ? 'a' : 'b';
    const { reached, letGo } = held(life, 'terminateConnection');
    const ending = volumes.terminateConnection(user, id, null as never, { force: false });
    await reached;
    const connecting = volumes.initializeConnection(user, id, connectorOf(host));
    await eventually(() => expect(life.deps.journal.active).toBe(2));
    letGo();
    await Promise.all([ending, connecting]);
    expect(await life.deps.state.connections.ofVolume(id)).toMatchObject([
      { initiator: `iqn.2020-01.example:${host}`, connectionInfo: { driver_volume_type: 'iscsi' } },
    ]);
    await expect(volumes.delete(user, id, { cascade: false, force: false })).rejects.toThrow(
      /may still reach it/,
    );
  },
);

test('an attachment that is deleted while it is given a connector leaves no access', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  const { id } = await attach(life, volume, null);
  const { find } = life.deps.state.attachments;
  const { reached, letGo } = held(life, 'createExport');
  // The deletion has read the attachment when the update gives it its initiator.
  const read = Promise.withResolvers<void>();
  const stale = Promise.withResolvers<void>();
  life.deps.state.attachments.find = async (wanted) => {
    const found = await find.call(life.deps.state.attachments, wanted);
    life.deps.state.attachments.find = find;
    read.resolve();
    await stale.promise;
    return found;
  };
  const deleting = life.services.attachments.delete(user, id);
  await read.promise;
  const updating = life.services.attachments.update(user, id, connectorOf('a')).catch(() => undefined);
  await reached;
  stale.resolve();
  letGo();
  await Promise.all([deleting, updating]);
  expect(await statusOf(life, volume)).toBe('available');
  expect(await life.deps.state.connections.ofVolume(volume.id)).toEqual([]);
  expect(life.driver.holdings).toMatchObject({ exports: new Set(), access: new Map() });
});

test('an attachment whose creation a crash cut off is gone after the restart, and its volume available', async () => {
  const life = await startLifecycle();
  const volume = await makeVolume(life);
  let reservedEarly = 0;
  life.driver.before.set('validateConnector', async () => {
    reservedEarly = (await life.deps.state.attachments.ofVolume(volume.id)).length;
  });
  const { reached } = held(life, 'createExport');
  const attaching = attach(life, volume, 'a').catch((error: unknown) => error);
  await reached;
  // Nothing is on record that no journal entry would take up.
  expect(reservedEarly).toBe(0);
  life.driver.crash();
  await life.stop();
  await attaching;
  life.driver.comeBack();
  const next = await startLifecycle({ path: life.path, drivers: { memory: life.driver } });
  (await next.deps.journal.prepareRecovery()).start();
  await next.idle();
  expect(await next.deps.state.attachments.ofVolume(volume.id)).toEqual([]);
  expect(await next.deps.state.connections.ofVolume(volume.id)).toEqual([]);
  expect(await statusOf(next, volume)).toBe('available');
  expect(life.driver.holdings).toMatchObject({ exports: new Set(), access: new Map() });
});

test('a driver is told at once of every attachment and of its end, in that order, and nobody waits for it', async () => {
  const life = await startLifecycle();
  const told: string[] = [];
  const gate = Promise.withResolvers<void>();
  life.driver.implement('attachVolume', async ({ instanceId, hostName, mountpoint }) => {
    told.push(`attached ${instanceId} ${hostName} ${mountpoint}`);
    await gate.promise;
    return {};
  });
  life.driver.implement('detachVolume', ({ instanceId, hostName }) => {
    told.push(`detached ${instanceId} ${hostName}`);
    return {};
  });
  const volume = await makeVolume(life, { multiattach: true });
  const [first, second, never] = [
    await attach(life, volume, 'a', 'instance-1'),
    await attach(life, volume, 'b', 'instance-2'),
    await attach(life, volume, 'c', 'instance-3'),
  ];
  await life.services.attachments.complete(user, first.id);
  await eventually(() => expect(told).toEqual(['attached instance-1 a null']));
  await life.services.attachments.complete(user, second.id);
  await life.services.attachments.delete(user, never.id);
  await life.services.attachments.delete(user, first.id);
  expect(told).toHaveLength(1);
  gate.resolve();
  await eventually(() =>
    expect(told.slice(1)).toEqual(['attached instance-2 b null', 'detached instance-1 a']),
  );
});

test('a driver that does not take note of an attachment, or is away, hinders nothing', async () => {
  const life = await startLifecycle();
  life.driver.implement('detachVolume', () => {
    throw new ContractError('BACKEND_ERROR', 'not interested');
  });
  life.driver.implement('attachVolume', () => {
    throw new ContractError('BACKEND_ERROR', 'not interested');
  });
  const volume = await makeVolume(life);
  await life.services.volumes.attach(user, volume.id, {
    instanceId: 'instance-1',
    hostName: null,
    mountpoint: '/dev/vdb',
    mode: 'rw',
  });
  await life.services.volumes.detach(user, volume.id, null);
  expect(await statusOf(life, volume)).toBe('available');
  await eventually(() =>
    expect(life.logged.filter((line) => line.includes('was not taken note of'))).toHaveLength(2),
  );
});

test('a multiattach volume twice on one host, legacy flow: the first to terminate does not cut the second off', async () => {
  const life = await startLifecycle();
  const { volumes } = life.services;
  const volume = await makeVolume(life, { multiattach: true });
  const access = () => [...life.driver.holdings.access.keys()];
  const ids: string[] = [];
  for (const instanceId of ['instance-1', 'instance-2']) {
    await volumes.initializeConnection(user, volume.id, connectorOf('a'));
    const request = { instanceId, hostName: null, mountpoint: '/dev/vdb', mode: 'rw' as const };
    await volumes.attach(user, volume.id, request);
    ids.push((await life.deps.state.attachments.ofVolume(volume.id)).at(-1)?.id ?? '');
  }
  for (const force of [false, true]) {
    await volumes.terminateConnection(user, volume.id, connectorOf('a'), { force });
    expect(access()).toEqual([`${volume.backendName} iqn.2020-01.example:a`]);
    expect(life.driver.holdings.exports.size).toBe(1);
  }
  await volumes.detach(user, volume.id, ids[0] ?? '');
  expect(await statusOf(life, volume)).toBe('in-use');
  expect(access()).toHaveLength(1);
  await volumes.terminateConnection(user, volume.id, connectorOf('a'), { force: false });
  expect(access()).toEqual([]);
  await volumes.detach(user, volume.id, null);
  expect(await statusOf(life, volume)).toBe('available');
  expect(life.driver.holdings).toMatchObject({ exports: new Set(), access: new Map() });
});

test('a multiattach volume is in use until its last attachment goes; one that is not is refused the second', async () => {
  const life = await startLifecycle();
  const shared = await makeVolume(life, { multiattach: true });
  const ids = [];
  for (const host of ['a', 'b', 'c']) {
    const { id } = await attach(life, shared, host);
    await life.services.attachments.complete(user, id);
    ids.push(id);
  }
  for (const id of ids) {
    expect(await statusOf(life, shared)).toBe('in-use');
    await life.services.attachments.delete(user, id);
  }
  expect(await life.services.volumes.get(user, shared.id)).toMatchObject({
    status: 'available',
    attachStatus: 'detached',
  });
  const single = await makeVolume(life);
  const { id } = await attach(life, single, 'a');
  await life.services.attachments.complete(user, id);
  await expect(attach(life, single, 'b')).rejects.toThrow(/is in-use and can be attached only when/);
  await expect(life.services.volumes.reserve(user, single.id)).rejects.toMatchObject({
    kind: 'InvalidVolume',
  });
  expect([...life.driver.holdings.access.keys()]).toEqual([`${single.backendName} iqn.2020-01.example:a`]);
});
