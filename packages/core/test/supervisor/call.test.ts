import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/contract/index.ts';
import { running, tell } from './supervise.ts';

describe('a call', () => {
  it('is encoded, decoded, and tolerates unknown fields of the answer', async () => {
    const { supervisor } = await running();
    expect(await supervisor.client.extendVolume(tell('echo'))).toEqual({ size: 2048 });
    expect(await supervisor.client.getVersion({})).toEqual({ version: '0.1' });
  });

  it('with a parameter that breaks the contract is refused before it is sent', async () => {
    const { supervisor } = await running();
    const wrong = { ...tell('exit'), newSize: -1 };
    // @ts-expect-error a negative number is no size, in the types either
    await expect(supervisor.client.extendVolume(wrong)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: { operation: 'extendVolume', path: 'newSize' },
    });
    expect(supervisor.status.state).toBe('ready');
  });

  it('of what the driver does not implement is UNIMPLEMENTED', async () => {
    const { supervisor } = await running();
    await expect(supervisor.client.listOwned({})).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
  });

  it('carries the error of the driver, with its code', async () => {
    const { supervisor } = await running();
    await expect(supervisor.client.extendVolume(tell('fail'))).rejects.toMatchObject({
      code: 'NO_SPACE',
      name: 'InsufficientFreeSpace',
      message: 'the pool is full',
      details: { backend: 'test', operation: 'extendVolume' },
    });
    await expect(supervisor.client.extendVolume(tell('plain-error'))).rejects.toMatchObject({
      code: 'INTERNAL',
    });
    expect(supervisor.status.state).toBe('ready');
  });

  it('that is cancelled ends as the driver says, when cancelling means stop', async () => {
    const { supervisor } = await running();
    const abort = new AbortController();
    const call = supervisor.client.extendVolume(tell('slow', { ms: '100' }), { signal: abort.signal });
    abort.abort();
    // extendVolume cannot be cancelled: the caller merely stops waiting.
    await expect(call).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    await expect(supervisor.client.getVersion({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });

  it('reports progress; malformed reports are passed over', async () => {
    const { supervisor } = await running();
    const seen: unknown[] = [];
    await supervisor.client.extendVolume(tell('progress'), { onProgress: (report) => seen.push(report) });
    expect(seen).toEqual([{ percent: 50, message: 'half' }]);
  });

  it('waits for its turn when too many are under way, within its own deadline', async () => {
    const { supervisor } = await running({ settings: { maxConcurrent: 2 } });
    const slow = [1, 2].map(() => supervisor.client.extendVolume(tell('slow', { ms: '200' })));
    await expect(supervisor.client.getVersion({}, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
      message: expect.stringContaining('nothing was sent'),
    });
    const abort = new AbortController();
    const cancelled = supervisor.client.getVersion({}, { signal: abort.signal });
    abort.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await supervisor.client.getVersion({})).toEqual({ version: '0.1' });
    await Promise.all(slow);
    await Promise.all([...Array(20).keys()].map(() => supervisor.client.getVersion({})));
  });

  it('beyond the longest queue is refused', async () => {
    const { supervisor } = await running({ settings: { maxConcurrent: 1, maxWaiting: 1 } });
    const first = supervisor.client.extendVolume(tell('slow', { ms: '100' }));
    const second = supervisor.client.getVersion({});
    await expect(supervisor.client.getVersion({})).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
    await Promise.all([first, second]);
  });
});

describe('the log of a driver', () => {
  it('becomes structured records of its own level, free text becomes text', async () => {
    const { supervisor, logged } = await running();
    const line = JSON.stringify({
      level: 40,
      time: 't',
      pid: 1,
      hostname: 'h',
      msg: 'careful',
      volume: 'v1',
    });
    await supervisor.client.extendVolume(tell('print', { text: line.slice(0, 255) }));
    expect(await logged(({ msg, driverTime }) => msg === 'careful' && driverTime === 't')).toMatchObject({
      level: 40,
      volume: 'v1',
      backend: 'test',
      driver: 'scripted',
    });
    await supervisor.client.extendVolume(tell('print', { text: 'a plain line' }));
    expect(await logged(({ msg, stream }) => msg === 'a plain line' && stream === 'stderr')).toMatchObject({
      level: 30,
    });
    expect(await logged(({ msg, stream }) => msg === 'a plain line' && stream === 'stdout')).toMatchObject({
      level: 20,
    });
  });

  it.each([
    ['a field', '{"level":30,"msg":"x","deep":[{"auth_password":"canary"}]}'],
    ['an option', '{"level":30,"msg":"x","san_password":"canary"}'],
    ['text in a record', '{"level":30,"msg":"sent auth_password=canary to it"}'],
    ['free text', 'login with auth_password: "canary" failed'],
    ['text, by the value of an option', 'login with option-secret failed'],
    ['a broken record', '{"level":30,"auth_password":"canary",'],
  ])('never shows a secret in %s', async (_, text) => {
    const { supervisor, logs, logged } = await running({
      launch: { secretOptions: ['san_password'], options: { san_password: 'option-secret' } },
    });
    await supervisor.client.extendVolume(tell('print', { text }));
    await supervisor.client.extendVolume(tell('print', { text: 'the end' }));
    await logged(({ msg, stream }) => msg === 'the end' && stream === 'stderr');
    await logged(({ msg, stream }) => msg === 'the end' && stream === 'stdout');
    expect(JSON.stringify(logs)).not.toMatch(/canary|option-secret/);
    expect(JSON.stringify(logs)).toContain('[secret]');
  });

  it('never shows a secret that passed in a call, wherever it is printed', async () => {
    const { supervisor, logs, logged } = await running();
    const args = tell('print', { text: 'argv: login user chap-canary-1 now' });
    const providerAuth = new Secret('CHAP user chap-canary-1');
    await supervisor.client.extendVolume({ ...args, volume: { ...args.volume, providerAuth } });
    await logged(({ msg, stream }) => msg === 'argv: login user [secret] now' && stream === 'stderr');
    await logged(({ msg, stream }) => msg === 'argv: login user [secret] now' && stream === 'stdout');
    expect(JSON.stringify(logs)).not.toContain('chap-canary');
  });

  it('that floods is cut, and the driver is no slower to answer', async () => {
    const { supervisor, logs, logged } = await running({ settings: { maxLogLinesPerSecond: 100 } });
    await supervisor.client.extendVolume(tell('flood', { ms: '5000' }));
    await expect
      .poll(
        async () => {
          await supervisor.client.extendVolume(tell('print', { text: 'again' }));
          return logs.some(({ dropped }) => Number(dropped) > 0);
        },
        { interval: 100, timeout: 5_000 },
      )
      .toBe(true);
    expect(logs.filter(({ msg }) => String(msg).startsWith('flood')).length).toBeLessThanOrEqual(300);
    expect(logged).toBeDefined();
  });

  it('level is changed in the running driver', async () => {
    const { supervisor, logged } = await running();
    supervisor.setLogLevel('debug');
    await logged(({ msg }) => msg === '$/setLogLevel {"level":"debug"}');
  });
});
