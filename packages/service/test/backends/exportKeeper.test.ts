import { ContractError } from '@scoria/core/contract';
import { expect, onTestFinished, test } from 'vitest';
import { ExportKeeper } from '../../src/backends/index.ts';
import { KeyedLocks } from '../../src/journal/index.ts';
import {
  connectorOf,
  eventually,
  type Lifecycle,
  makeVolume,
  startLifecycle,
  user,
} from '../fixtures/lifecycle.ts';

/** A lifecycle whose exports are kept; the keeper looks every `intervalMs`. */
async function keeping(intervalMs = 60_000) {
  const life = await startLifecycle();
  const [backend] = life.deps.backends.all;
  if (backend === undefined) throw new Error('no backend');
  const locks = new KeyedLocks();
  const attachLocks = new KeyedLocks();
  const keeper = new ExportKeeper({
    backend,
    state: life.deps.state,
    locks,
    attachLocks,
    log: life.deps.log,
    intervalMs,
  });
  onTestFinished(() => keeper.stop());
  return { life, keeper, locks, attachLocks };
}

async function connected(life: Lifecycle, host: string) {
  const volume = await makeVolume(life);
  await life.services.volumes.initializeConnection(user, volume.id, connectorOf(host));
  return volume;
}

/** What a target daemon that was restarted has forgotten. */
function forgetExports({ driver }: Lifecycle): void {
  driver.holdings.exports.clear();
  driver.holdings.access.clear();
}

test('one look brings back what is missing, with its stored credentials, and leaves the rest alone', async () => {
  const { life, keeper } = await keeping();
  const volumes = await Promise.all(['a', 'b', 'c'].map((host) => connected(life, host)));
  await makeVolume(life);
  expect(await keeper.check()).toBe(0);
  const [lost] = volumes;
  life.driver.holdings.exports.delete(lost?.backendName ?? '');
  expect(await keeper.check()).toBe(1);
  expect(life.driver.count('ensureExport')).toBe(1);
  expect(life.driver.calls.at(-1)?.params).toMatchObject({
    connections: [
      {
        connector: { initiator: 'iqn.2020-01.example:a' },
        connectionInfo: { data: { auth_method: 'CHAP' } },
      },
    ],
  });
  expect(life.driver.holdings.exports.size).toBe(3);
});

test('a restarted target daemon is noticed by itself, and everything is back', async () => {
  const { life, keeper } = await keeping(10);
  for (const host of ['a', 'b']) await connected(life, host);
  keeper.start();
  await eventually(() => expect(life.driver.count('ensureExport')).toBe(2));
  forgetExports(life);
  await eventually(() => expect(life.driver.holdings.exports.size).toBe(2));
});

test('when the driver serves again after a crash, everything connected is ensured', async () => {
  const { life, keeper } = await keeping();
  await connected(life, 'a');
  keeper.start();
  await eventually(() => expect(life.driver.count('ensureExport')).toBe(1));
  life.driver.crash();
  forgetExports(life);
  life.driver.comeBack();
  await eventually(() => expect(life.driver.holdings.exports.size).toBe(1));
});

test('what cannot be brought back is told in the record and the log, and tried again', async () => {
  const { life, keeper } = await keeping();
  const { id } = await connected(life, 'a');
  forgetExports(life);
  life.driver.before.set('ensureExport', () => {
    throw new ContractError('EXPORT_FAILURE', 'the port is taken');
  });
  expect(await keeper.check()).toBe(0);
  expect(await life.services.volumes.get(user, id)).toMatchObject({
    failure: expect.stringContaining('the port is taken'),
  });
  expect(life.logged.join('')).toContain('the port is taken');
  const lines = life.logged.length;
  expect(await keeper.check()).toBe(0);
  expect(life.logged.slice(lines).join('')).not.toContain('the port is taken');
  life.driver.before.clear();
  expect(await keeper.check()).toBe(1);
  expect(await life.services.volumes.get(user, id)).toMatchObject({ failure: null });
});

test('a daemon that cannot even be listed is tried by one volume before all others', async () => {
  const { life, keeper } = await keeping();
  for (const host of ['a', 'b', 'c']) await connected(life, host);
  forgetExports(life);
  life.driver.before.set('listOwned', () => {
    throw new ContractError('BACKEND_UNAVAILABLE', 'it does not answer');
  });
  life.driver.before.set('ensureExport', () => {
    throw new ContractError('BACKEND_UNAVAILABLE', 'it does not answer');
  });
  await expect(keeper.check()).rejects.toThrow('it does not answer');
  expect(life.driver.count('ensureExport')).toBe(1);
  life.driver.before.delete('ensureExport');
  expect(await keeper.check()).toBe(3);
});

test('a volume that was detached meanwhile is not exported again', async () => {
  const { life, keeper } = await keeping();
  const { id } = await connected(life, 'a');
  forgetExports(life);
  life.driver.before.set('listOwned', async () => {
    await life.services.volumes.terminateConnection(user, id, connectorOf('a'), { force: false });
  });
  expect(await keeper.check()).toBe(0);
  expect(life.driver.holdings.exports.size).toBe(0);
});

test('a driver that is restarted while exports are being brought back is asked for all of them again', async () => {
  const { life, keeper } = await keeping();
  const { id } = await connected(life, 'a');
  life.driver.before.set('ensureExport', () => {
    life.driver.before.delete('ensureExport');
    life.driver.crash();
    life.driver.comeBack();
  });
  keeper.start();
  await eventually(() => expect(life.driver.count('ensureExport')).toBe(2));
  await eventually(async () =>
    expect(await life.services.volumes.get(user, id)).toMatchObject({ failure: null }),
  );
});

/** What a driver that compares its targets with its records says of them. */
function compares(life: Lifecycle, intact: (name: string) => boolean): void {
  life.driver.implement('listOwned', () => ({
    objects: [...life.driver.holdings.exports].map((name) => ({
      kind: 'target' as const,
      name,
      reference: name,
      intact: intact(name),
      detail: {},
    })),
  }));
}

test('at start one listing is compared with the records, and only what differs is ensured', async () => {
  const { life, keeper } = await keeping();
  const volumes = await Promise.all(['a', 'b', 'c', 'd'].map((host) => connected(life, host)));
  const [lost, damaged] = volumes;
  life.driver.holdings.exports.delete(lost?.backendName ?? '');
  const repaired = new Set<string>();
  life.driver.after.set('ensureExport', (params) => {
    repaired.add((params as { volume: { name: string } }).volume.name);
  });
  compares(life, (name) => name !== damaged?.backendName || repaired.has(name));
  keeper.start();
  await eventually(() => expect(repaired).toEqual(new Set([lost?.backendName, damaged?.backendName])));
  await keeper.stop();
  expect(life.driver.count('listOwned')).toBe(1);
  expect(life.driver.count('ensureExport')).toBe(2);
  expect(await keeper.check()).toBe(0);
});

test('who asks for a volume does not wait for the exports that are being brought back', async () => {
  const { life, keeper } = await keeping();
  for (const host of Array.from({ length: 12 }, (_, index) => `h${index}`)) await connected(life, host);
  const asked = await makeVolume(life);
  forgetExports(life);
  const gate = Promise.withResolvers<void>();
  life.driver.before.set('ensureExport', () => gate.promise);
  keeper.start();
  await eventually(() => expect(life.driver.count('ensureExport')).toBe(8));
  await life.services.volumes.initializeConnection(user, asked.id, connectorOf('z'));
  expect(life.driver.holdings.exports).toEqual(new Set([asked.backendName]));
  gate.resolve();
  await eventually(() => expect(life.driver.holdings.exports.size).toBe(13));
});

test("the service's own access to a volume comes back beside that of its users, and counts as missing", async () => {
  const { life, keeper } = await keeping();
  const { id, backendName } = await connected(life, 'a');
  const info = await life.services.volumes.initializeConnection(user, id, connectorOf('a'));
  await life.deps.state.serviceAttachments.open(
    id,
    connectorOf('service').initiator ?? '',
    connectorOf('service'),
  );
  await life.deps.state.serviceAttachments.setInfo(id, info);
  life.driver.implement('listOwned', () => ({
    objects: [
      { kind: 'target' as const, name: backendName, reference: 'iqn', intact: true, detail: {} },
      { kind: 'access' as const, name: backendName, reference: 'iqn a', detail: {} },
    ],
  }));
  expect(await keeper.check()).toBe(1);
  expect(life.driver.calls.at(-1)?.params).toMatchObject({
    connections: [
      { connector: { initiator: 'iqn.2020-01.example:a' } },
      { connector: { initiator: 'iqn.2020-01.example:service' } },
    ],
  });
});

test('an export comes back while its volume is being read, and not while the service attaches it', async () => {
  const { life, keeper, locks, attachLocks } = await keeping();
  const { id } = await connected(life, 'a');
  forgetExports(life);
  const { signal } = new AbortController();
  const copied = Promise.withResolvers<void>();
  const copying = locks.run([{ key: id, mode: 'shared' }], { holder: 'clone', signal }, () => copied.promise);
  const attached = Promise.withResolvers<void>();
  const attaching = attachLocks.run(
    [{ key: id, mode: 'exclusive' }],
    { holder: 'attaching', signal },
    () => attached.promise,
  );
  const checking = keeper.check();
  await eventually(() => expect(life.driver.count('listOwned')).toBe(1));
  expect(life.driver.count('ensureExport')).toBe(0);
  attached.resolve();
  expect(await checking).toBe(1);
  copied.resolve();
  await Promise.all([copying, attaching]);
});

test('an export that stays damaged although it was ensured is not ensured at every look', async () => {
  const { life, keeper } = await keeping();
  await connected(life, 'a');
  compares(life, () => false);
  expect(await keeper.check()).toBe(1);
  expect(await keeper.check()).toBe(0);
  forgetExports(life);
  expect(await keeper.check()).toBe(1);
});
