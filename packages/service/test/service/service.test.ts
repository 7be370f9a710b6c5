import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DriverSupervisor } from '@scoria/core';
import { expect, test } from 'vitest';
import { admin, eventually } from '../fixtures/lifecycle.ts';
import {
  type RunningService,
  runService,
  scratchConfig,
  volumeOf,
  writeConfig,
} from '../fixtures/runningService.ts';
import { scratchDirectory } from '../fixtures/scratchState.ts';

async function available({ call }: RunningService, id: string) {
  return eventually(async () => {
    const volume = volumeOf(await call('GET', `/p/volumes/${id}`));
    expect(volume.status).toBe('available');
    return volume;
  });
}

const create = async (running: RunningService, change: object = {}) =>
  volumeOf(await running.call('POST', '/p/volumes', { volume: { size: 1, ...change } })).id;

test('a volume lives its whole life over the API, by a driver in its own process', async () => {
  const running = await runService(scratchConfig());
  const { call, directory } = running;
  const id = await create(running);
  await available(running, id);
  const attachment = await call('POST', '/p/attachments', {
    attachment: { volume_uuid: id, connector: { initiator: 'iqn.2020-01.a:b', host: 'a' }, mode: 'rw' },
  });
  expect(attachment.status).toBe(200);
  const { attachment: made } = attachment.body as { attachment: { id: string; connection_info: object } };
  expect(made.connection_info).toMatchObject({
    driver_volume_type: 'iscsi',
    volume_id: id,
    access_mode: 'rw',
  });
  expect((await call('POST', `/p/attachments/${made.id}/action`, { 'os-complete': {} })).status).toBe(204);
  expect(volumeOf(await call('GET', `/p/volumes/${id}`)).status).toBe('in-use');
  expect((await call('DELETE', `/p/volumes/${id}`)).status).toBe(400);
  expect((await call('DELETE', `/p/attachments/${made.id}`)).status).toBe(200);
  const clone = await create(running, { source_volid: id });
  await available(running, clone);
  for (const each of [id, clone]) {
    expect((await call('DELETE', `/p/volumes/${each}`)).status).toBe(202);
    await eventually(async () => expect((await call('GET', `/p/volumes/${each}`)).status).toBe(404));
  }
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(statSync(join(directory, 'scoria.db')).mode & 0o777).toBe(0o600);
});

/** The process of the only driver. */
function driverPid({ service }: RunningService): number {
  const driver = service.backends[0]?.driver;
  const pid = driver instanceof DriverSupervisor ? driver.status.pid : undefined;
  if (pid === undefined) throw new Error('the driver is not running');
  return pid;
}

test('the driver is killed in the middle of a create: others are served, it comes back, the volume ends available', async () => {
  const fault = { operation: 'createVolume', when: 'after', action: 'delay', ms: 1_500, times: 1 };
  const running = await runService(scratchConfig({ fake_faults: [fault] }), {
    supervisor: { backOffMinMs: 50 },
  });
  await eventually(() => expect(running.service.backends[0]?.serves).toBe(true));
  const killed = driverPid(running);
  const id = await create(running);
  // The effect is there, and the answer is being delayed.
  await eventually(() =>
    expect(readFileSync(join(running.directory, '..', 'fake.json'), 'utf8')).toContain(id),
  );
  process.kill(killed, 'SIGKILL');
  expect((await running.call('GET', '/p/volumes/detail')).status).toBe(200);
  expect(await available(running, id)).toMatchObject({ id });
  expect(driverPid(running)).not.toBe(killed);
  expect(running.logged.join('')).toContain('repeating the request');
});

test('a driver that crashes at every try leaves a volume in error that says so, and can be deleted', async () => {
  const fault = { operation: 'createVolume', when: 'after', action: 'crash' };
  const running = await runService(scratchConfig({ fake_faults: [fault] }), {
    supervisor: { backOffMinMs: 20, crashLimit: 50 },
  });
  const id = await create(running);
  await eventually(async () =>
    expect(volumeOf(await running.call('GET', `/p/volumes/${id}`)).status).toBe('error'),
  );
  const { failure } = await running.service.services.volumes.get(admin, id);
  expect(failure).toMatch(/ended while createVolume was under way, its outcome is unknown/);
  expect((await running.call('DELETE', `/p/volumes/${id}`)).status).toBe(202);
  await eventually(async () => expect((await running.call('GET', `/p/volumes/${id}`)).status).toBe(404));
});

test('what a stop left unfinished is finished by the next start', async () => {
  const directory = scratchDirectory();
  const hanging = writeConfig(directory, {
    fake: { fake_faults: [{ operation: 'createVolume', action: 'hang' }] },
  });
  const first = await runService(hanging, { drainMs: 10, supervisor: { drainMs: 10, cancelGraceMs: 10 } });
  const id = await create(first);
  await first.service.stop();
  expect(existsSync(first.service.address[0] ?? '')).toBe(false);
  const second = await runService(writeConfig(directory, { fake: {} }));
  expect(await available(second, id)).toMatchObject({ id });
});

test('four backends: it serves before its drivers are ready, and each has its own', async () => {
  const names = ['a', 'b', 'c', 'd'];
  const file = writeConfig(
    scratchDirectory(),
    Object.fromEntries(names.map((name) => [name, { volume_backend_name: name }])),
  );
  const started = performance.now();
  const running = await runService(file);
  const serving = performance.now() - started;
  const listed = await running.call('GET', '/p/os-services');
  expect(listed.status).toBe(200);
  console.log(`four backends: serving after ${Math.round(serving)} ms`);
  await eventually(() => expect(running.service.backends.filter(({ serves }) => serves)).toHaveLength(4));
  console.log(`four backends: all ready after ${Math.round(performance.now() - started)} ms`);
  expect(new Set(running.service.backends.map(({ driver }) => driver.status.state))).toEqual(
    new Set(['ready']),
  );
});

test('a backend that cannot start hurts nobody else, and says why', async () => {
  const file = writeConfig(scratchDirectory(), {
    good: {},
    bad: {
      fake_faults: [
        { operation: 'doSetup', action: 'fail', code: 'INVALID_CONFIGURATION', message: 'no such array' },
      ],
    },
  });
  const running = await runService(file);
  const id = await create(running);
  expect(await available(running, id)).toMatchObject({
    'os-vol-host-attr:host': expect.stringContaining('host@good'),
  });
  await eventually(async () => {
    const services = await running.service.services.info.services();
    expect(services.find(({ host }) => host === 'host@bad')).toMatchObject({
      state: 'down',
      backendReason: expect.stringContaining('no such array'),
    });
  });
});

test('a second service on the same socket is refused and the first goes on', async () => {
  const file = scratchConfig();
  const first = await runService(file);
  await expect(runService(file)).rejects.toThrow(/another process answers/);
  expect((await first.call('GET', '/p/volumes')).status).toBe(200);
});
