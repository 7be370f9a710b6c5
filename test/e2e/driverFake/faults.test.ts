import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SupervisorSettings } from '@scoria/core';
import { waitFor } from '@scoria-test/support';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type RunningBackend, startBackend } from '../contract/support/backend.ts';
import { newVolume } from '../contract/support/objects.ts';

/** A fault as the control file has it. */
type Fault = Readonly<Record<string, unknown>>;

/** A fake driver as a supervised process, with its state and its faults in files. */
async function start(settings: Partial<SupervisorSettings> = {}, section: Fault = {}) {
  const backend = await startBackend({
    driver: 'fake',
    settings,
    options: (directory) => ({
      fake_state_file: join(directory, 'fake.json'),
      fake_faults_file: join(directory, 'faults.json'),
      ...section,
    }),
  });
  onTestFinished(() => backend[Symbol.asyncDispose]());
  const set = (...faults: Fault[]): Promise<void> =>
    writeFile(join(backend.directory, 'faults.json'), JSON.stringify(faults));
  return { backend, client: backend.client, set };
}

const names = async ({ client }: RunningBackend): Promise<(string | null)[]> =>
  (await client.listOwned({})).objects.map(({ name }) => name);

/** Waits until a process other than `pid` serves. */
const another = ({ supervisor }: RunningBackend, pid: number | undefined): Promise<true> =>
  waitFor(
    'another driver process',
    () => supervisor.status.state === 'ready' && supervisor.status.pid !== pid,
  );

describe('a fake driver in a process of its own', () => {
  it.each([
    ['before', false],
    ['after', true],
  ] as const)(
    'crashes %s the effect: the outcome is unknown, the repeated request is one effect',
    async (when, done) => {
      const { backend, client, set } = await start();
      await set({ operation: 'createVolume', when, action: 'crash', times: 1 });
      const volume = newVolume();
      const { pid } = backend.supervisor.status;
      await expect(client.createVolume({ volume }, { requestId: 'one' })).rejects.toMatchObject({
        code: 'OUTCOME_UNKNOWN',
        retry: 'reconcile',
        message: expect.stringContaining('SIGKILL'),
      });
      await set();
      await another(backend, pid);
      expect(await names(backend)).toEqual(done ? [volume.name] : []);
      await client.createVolume({ volume }, { requestId: 'one', attempt: 2 });
      expect(await names(backend)).toEqual([volume.name]);
    },
  );

  it('answers others while one call hangs, which ends at its deadline', async () => {
    const { backend, client, set } = await start();
    const [stuck, other] = [newVolume(), newVolume()];
    await set({ operation: 'createVolume', action: 'hang', match: stuck.name });
    const call = client.createVolume({ volume: stuck }, { timeoutMs: 400 });
    await client.createVolume({ volume: other });
    await expect(call).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED' });
    expect(await names(backend)).toEqual([other.name]);
    expect(backend.supervisor.status.crashes).toBe(0);
  });

  it('is cancelled in a delay: nothing was done', async () => {
    const { backend, client, set } = await start();
    await set({ operation: 'createVolume', action: 'delay', ms: 60_000 });
    const abort = new AbortController();
    const call = client.createVolume({ volume: newVolume() }, { signal: abort.signal });
    // Once another call is answered, the first one has arrived.
    await client.getVersion({});
    abort.abort();
    await expect(call).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await names(backend)).toEqual([]);
  });

  it('blocks its event loop and is replaced', async () => {
    const { backend, client, set } = await start({ heartbeatMs: 50, heartbeatTimeoutMs: 200 });
    const { pid } = backend.supervisor.status;
    await set({ operation: 'getVersion', action: 'block', ms: 60_000, times: 1 });
    await expect(client.getVersion({})).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await set();
    await another(backend, pid);
    expect(backend.supervisor.status.lastFailure?.kind).toBe('unresponsive');
    await client.getVersion({});
  });

  it('lies about the schema, and is put into quarantine with the reason', async () => {
    const { backend, client, set } = await start();
    const volume = newVolume();
    await set({ operation: 'createVolume', when: 'after', action: 'lie' });
    await expect(client.createVolume({ volume })).rejects.toMatchObject({
      code: 'INVALID_RESULT',
      retry: 'reconcile',
    });
    await waitFor('quarantine', () => backend.supervisor.status.state === 'quarantined');
    expect(backend.supervisor.status.reason).toContain('createVolume');
    await expect(client.getVersion({})).rejects.toMatchObject({ code: 'NOT_INITIALIZED' });
    await set();
    await backend.supervisor.start();
    await backend.supervisor.whenReady();
    expect(await names(backend)).toEqual([volume.name]);
  });

  it('lies about what it did: only reading back shows it', async () => {
    const { backend, client, set } = await start();
    const volume = newVolume();
    await set({ operation: 'createVolume', action: 'lie', times: 1 });
    expect(await client.createVolume({ volume })).toMatchObject({ work: [] });
    expect(await names(backend)).toEqual([]);
    expect(backend.supervisor.status.state).toBe('ready');
  });

  it('is put into quarantine when it crashes too often', async () => {
    const { backend, client, set } = await start({ crashLimit: 3 });
    await set({ operation: '*', action: 'crash' });
    await client.listOwned({}).catch(() => undefined);
    await waitFor('quarantine', () => backend.supervisor.status.state === 'quarantined');
    expect(backend.supervisor.status.reason).toMatch(/^3 crashes within /);
  });

  it('fails with any code that it is told', async () => {
    const { client, set } = await start();
    for (const code of ['NO_SPACE', 'VOLUME_IS_BUSY', 'BACKEND_UNAVAILABLE', 'ABORTED']) {
      await set({ operation: 'createVolume', action: 'fail', code, message: `told ${code}` });
      await expect(client.createVolume({ volume: newVolume() })).rejects.toMatchObject({
        code,
        message: expect.stringContaining(`told ${code}`),
      });
    }
  });

  it('says what is wrong with its faults, and with its options', async () => {
    const { backend, client } = await start();
    await writeFile(join(backend.directory, 'faults.json'), '{');
    await expect(client.getVersion({})).rejects.toMatchObject({ code: 'INVALID_CONFIGURATION' });
    await expect(start({}, { fake_protocol: 'carrier-pigeon' })).rejects.toMatchObject({
      code: 'NOT_INITIALIZED',
      message: expect.stringContaining('fake_protocol'),
    });
  });

  it.each(['degraded', 'absent'] as const)('says that it is %s, and serves', async (fake_probe) => {
    const { backend, client } = await start({}, { fake_probe });
    expect(backend.supervisor.status.state).toBe('degraded');
    expect(backend.supervisor.status.reason).toContain(fake_probe);
    await client.createVolume({ volume: newVolume() });
  });
});
