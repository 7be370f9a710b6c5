import { describe, expect, it } from 'vitest';
import { alive, running, supervise, tell } from './supervise.ts';

describe('a driver that ends during a call', () => {
  it.each([
    { action: 'exit', says: 'it exited with code 3; its last words: Error: the array said goodbye' },
    { action: 'kill', says: 'it was killed by SIGKILL' },
    { action: 'close-fd3', says: 'it closed fd 3 but lived on' },
    { action: 'junk', says: 'protocol violation (junk)' },
    { action: 'huge', says: 'protocol violation (oversize)' },
  ])(
    'by $action: the outcome is unknown, the exit report is told, and it comes back',
    async ({ action, says }) => {
      const { supervisor, until } = await running();
      const { pid } = supervisor.status;
      const call = supervisor.client.extendVolume(tell(action), { requestId: 'req-1' });
      await expect(call).rejects.toMatchObject({
        code: 'OUTCOME_UNKNOWN',
        retry: 'reconcile',
        message: expect.stringContaining(says),
        details: { backend: 'test', operation: 'extendVolume', requestId: 'req-1' },
      });
      const again = await until((status) => status.state === 'ready' && status.pid !== pid);
      expect(again.crashes).toBe(1);
      expect(again.lastFailure?.message).toContain(says);
      expect(alive(Number(pid))).toBe(false);
      expect(await supervisor.client.extendVolume(tell('set-up'))).toEqual({ size: 1 });
    },
  );

  it('by answering twice: the first answer counts, then the connection is closed', async () => {
    const { supervisor, until } = await running();
    expect(await supervisor.client.extendVolume(tell('duplicate'))).toEqual({ size: 2048 });
    const status = await until(({ lastFailure }) => lastFailure !== undefined);
    expect(status.lastFailure).toMatchObject({
      kind: 'violation',
      message: expect.stringContaining('protocol violation (duplicate-id): a second response to request'),
    });
  });

  it('hurts every call under way, and no call that comes after', async () => {
    const { supervisor } = await running();
    const hanging = [1, 2, 3].map(() =>
      supervisor.client.extendVolume(tell('hang')).catch((error: unknown) => error),
    );
    await supervisor.client.extendVolume(tell('exit')).catch(() => undefined);
    for (const each of await Promise.all(hanging)) expect(each).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await supervisor.whenReady();
    expect(await supervisor.client.getVersion({})).toEqual({ version: '0.1' });
  });
});

describe('a driver whose event loop is blocked', () => {
  it('does not answer pings and is killed', async () => {
    const { supervisor, until } = await running({ settings: { heartbeatMs: 30, heartbeatTimeoutMs: 200 } });
    const { pid } = supervisor.status;
    await expect(supervisor.client.extendVolume(tell('block'))).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      message: expect.stringContaining('did not answer a ping within 200 ms'),
    });
    await until((status) => status.state === 'ready' && status.pid !== pid);
    expect(supervisor.status.lastFailure?.kind).toBe('unresponsive');
  });
});

describe('a driver that hangs in one operation', () => {
  it('answers pings and other calls; only that call misses its deadline', async () => {
    const { supervisor, logged } = await running({
      settings: { heartbeatMs: 30, heartbeatTimeoutMs: 5_000 },
    });
    const { pid } = supervisor.status;
    const started = performance.now();
    const hanging = supervisor.client.extendVolume(tell('hang'), { timeoutMs: 400 });
    expect(await supervisor.client.getVersion({})).toEqual({ version: '0.1' });
    await expect(hanging).rejects.toMatchObject({ code: 'DEADLINE_EXCEEDED', retry: 'reconcile' });
    expect(performance.now() - started).toBeGreaterThanOrEqual(399);
    expect(supervisor.status).toMatchObject({ state: 'ready', pid });
    expect(logged).toBeDefined();
  });
});

describe('a driver that lies', () => {
  it.each([
    { action: 'lie', says: 'extendVolume: its result breaks the schema: size: Invalid input' },
    { action: 'lie-error', says: 'extendVolume: its error breaks the schema: code: Invalid option' },
  ])('by $action is quarantined at once, with a precise report', async ({ action, says }) => {
    const { supervisor, until, logs } = await running();
    await expect(supervisor.client.extendVolume(tell(action), { requestId: 'req-9' })).rejects.toMatchObject({
      code: 'INVALID_RESULT',
      message: expect.stringContaining(says),
    });
    const status = await until(({ state }) => state === 'quarantined');
    expect(status.reason).toContain(says);
    expect(status.reason).toContain('(request req-9)');
    expect(status.pid).toBeUndefined();
    expect(JSON.stringify(logs)).not.toContain('canary');
    await expect(supervisor.client.getVersion({})).rejects.toMatchObject({ code: 'NOT_INITIALIZED' });
    await supervisor.start();
    expect((await supervisor.whenReady()).state).toBe('ready');
  });
});

describe('a crash loop', () => {
  it('backs off longer each time and ends in quarantine', async () => {
    const { supervisor, until } = await supervise({
      fixture: 'exits-at-import.mjs',
      settings: { crashLimit: 4, backOffMinMs: 10, backOffMaxMs: 20 },
    });
    const waits: number[] = [];
    let starts = 0;
    supervisor.onStatus(({ state, nextTryAt, since }) => {
      if (state === 'backing-off') waits.push(Number(nextTryAt) - since);
      if (state === 'starting') starts += 1;
    });
    await supervisor.start();
    const status = await until(({ state }) => state === 'quarantined');
    expect(status.reason).toContain('4 crashes within 300 s, the last: ');
    expect(status.crashes).toBe(4);
    expect(starts).toBe(4);
    expect(waits.map((each) => Math.round(each / 10) * 10)).toEqual([10, 20, 20]);
  });
});
