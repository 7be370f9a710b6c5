import { describe, expect, it } from 'vitest';
import { alive, running, supervise } from './supervise.ts';

describe('a start', () => {
  it('takes the driver through its three steps', async () => {
    const { supervisor } = await supervise();
    expect(supervisor.status.state).toBe('stopped');
    await supervisor.start();
    const status = await supervisor.whenReady();
    expect(status).toMatchObject({
      backend: 'test',
      state: 'ready',
      driver: { name: 'scripted', version: '0.1', protocolVersion: 1 },
      crashes: 0,
    });
    expect(status.driver.capabilities).toContain('extendVolume');
    expect(alive(Number(status.pid))).toBe(true);
  });

  it('returns before the driver is ready', async () => {
    const { supervisor } = await supervise();
    await supervisor.start();
    expect(supervisor.status.state).toBe('starting');
    await expect(supervisor.client.getVersion({})).rejects.toMatchObject({
      code: 'NOT_INITIALIZED',
      message: 'backend "test" is starting',
    });
  });

  it('waits while the driver says starting', async () => {
    const { supervisor } = await supervise({ start: 'starting' });
    await supervisor.start();
    expect((await supervisor.whenReady()).state).toBe('ready');
  });

  it('of a driver whose hardware is absent ends in degraded, with the reason', async () => {
    const { supervisor } = await running({ start: 'absent' });
    expect(supervisor.status).toMatchObject({ state: 'degraded', reason: 'absent: no tgtd' });
    // Degraded is not down.
    expect(await supervisor.client.getVersion({})).toEqual({ version: '0.1' });
  });

  it('is followed by health checks that notice a recovery', async () => {
    const { until } = await running({ start: 'recovers', settings: { heartbeatMs: 20 } });
    expect(await until(({ state }) => state === 'ready')).toMatchObject({ reason: '' });
  });

  it('survives noise on stdout, which becomes log records', async () => {
    const { supervisor, logged } = await running({ start: 'noisy-stdout' });
    expect(await supervisor.client.getVersion({})).toEqual({ version: '0.1' });
    expect(await logged(({ msg }) => msg === 'junk on stdout')).toMatchObject({
      stream: 'stdout',
      backend: 'test',
      level: 20,
    });
  });

  it('gives the driver a minimal environment, its own group, and its state directory', async () => {
    process.env['SCORIA_TEST_LEAK'] = 'canary';
    const { supervisor, launch } = await running();
    delete process.env['SCORIA_TEST_LEAK'];
    const { readFile, readlink } = await import('node:fs/promises');
    const pid = Number(supervisor.status.pid);
    const names = (await readFile(`/proc/${pid}/environ`, 'utf8'))
      .split('\0')
      .map((each) => each.split('=')[0]);
    expect(names.filter((each) => each !== '').sort()).toEqual(
      ['HOME', 'LANG', 'PATH', 'SCORIA_PLUGIN_COOKIE', 'START', 'TMPDIR', 'TZ'].filter(
        (each) => ['SCORIA_PLUGIN_COOKIE', 'START'].includes(each) || process.env[each] !== undefined,
      ),
    );
    expect(await readlink(`/proc/${pid}/cwd`)).toBe(launch.stateDir);
    expect(alive(-pid)).toBe(true);
  });
});

describe('a start that fails', () => {
  it.each([
    {
      start: 'protocol-mismatch',
      kind: 'protocol-mismatch',
      says: 'speaks protocol 7, this Scoria speaks 1',
    },
    { start: 'wrong-name', kind: 'wrong-identity', says: 'its process says it is "impostor"' },
    {
      start: 'bad-config',
      kind: 'configuration',
      says: 'refused "configure" with INVALID_CONFIGURATION: iscsi_port: too big',
    },
    {
      start: 'lie',
      kind: 'lying',
      says: 'answered "initialize" with a result that breaks the contract: capabilities:',
    },
  ])('by $start is quarantined at once, since no repetition helps', async ({ start, kind, says }) => {
    const { supervisor, until } = await supervise({ start });
    await supervisor.start();
    const status = await until(({ state }) => state === 'quarantined');
    expect(status.reason).toContain(says);
    expect(status.lastFailure?.kind).toBe(kind);
    await expect(supervisor.whenReady()).rejects.toMatchObject({
      code: 'NOT_INITIALIZED',
      message: expect.stringContaining(says),
    });
  });

  it.each([
    { start: 'array-down', says: 'refused "configure" with BACKEND_UNAVAILABLE: the array does not answer' },
    { start: 'setup-error', says: 'refused "checkForSetupError" with TOOL_MISSING: tgtd is not installed' },
  ])('by $start in good order is tried again for ever', async ({ start, says }) => {
    const { supervisor, until } = await supervise({ start, settings: { crashLimit: 2, backOffMaxMs: 20 } });
    await supervisor.start();
    for (let tries = 0; tries < 3; tries += 1) {
      const status = await until(({ state }) => state === 'backing-off');
      expect(status.reason).toContain(says);
      expect(status.nextTryAt).toBeGreaterThan(0);
      await until(({ state }) => state === 'starting');
    }
    expect(supervisor.status.crashes).toBe(0);
  });

  it('because the driver exits at import says so, with its last words', async () => {
    const { supervisor, until } = await supervise({ fixture: 'exits-at-import.mjs' });
    const started = performance.now();
    await supervisor.start();
    const status = await until(({ state }) => state === 'backing-off');
    expect(status.reason).toContain('ended before it was ready: it exited with code 1');
    expect(status.reason).toContain('Cannot find module "vendor-sdk"');
    // It is no timeout.
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('because the driver never answers is a timeout that names the step, and the process is gone', async () => {
    const { supervisor, until } = await supervise({
      fixture: 'never-answers.mjs',
      settings: { startTimeoutMs: 300, backOffMinMs: 60_000 },
    });
    await supervisor.start();
    const status = await until(({ state }) => state === 'backing-off');
    expect(status.reason).toBe('driver "scripted" was not ready within 300 ms: no answer to "initialize"');
    expect(status.lastFailure?.kind).toBe('timeout');
    expect(status.pid).toBeUndefined();
  });

  it('because of junk on fd 3 says what broke', async () => {
    const { supervisor, until } = await supervise({ start: 'junk', settings: { backOffMinMs: 60_000 } });
    await supervisor.start();
    const status = await until(({ state }) => state === 'backing-off');
    expect(status.reason).toContain('broke the protocol while it started: protocol violation (junk)');
  });

  it.each([
    { entry: '/nonexistent/driver', says: 'it could not be started: spawn /nonexistent/driver ENOENT' },
    { entry: '/etc/passwd', says: 'it could not be started: spawn /etc/passwd EACCES' },
  ])('because $entry is no program', async ({ entry, says }) => {
    const { supervisor, until } = await supervise({
      launch: { driver: { name: 'scripted', entry, executable: true } },
      settings: { backOffMinMs: 60_000 },
    });
    await supervisor.start();
    expect((await until(({ state }) => state === 'backing-off')).reason).toContain(says);
  });
});
