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
  const keeper = new ExportKeeper({
    backend,
    state: life.deps.state,
    locks: new KeyedLocks(),
    log: life.deps.log,
    intervalMs,
  });
  onTestFinished(() => keeper.stop());
  return { life, keeper };
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
