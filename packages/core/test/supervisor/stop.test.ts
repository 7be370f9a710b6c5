import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { alive, running, supervise, tell } from './supervise.ts';

/** Pids of the living members of a process group. */
async function members(group: number): Promise<number[]> {
  const { readdir, readFile } = await import('node:fs/promises');
  const pids = (await readdir('/proc')).filter((each) => /^\d+$/.test(each));
  const found: number[] = [];
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie is dead; whether somebody reaps it is the business of process 1.
    if (pgrp === String(group) && state !== 'Z') found.push(Number(pid));
  }
  return found;
}

describe('stop', () => {
  it('lets calls under way finish, refuses new ones, and leaves no process', async () => {
    const { supervisor, until } = await running();
    const pid = Number(supervisor.status.pid);
    const call = supervisor.client.extendVolume(tell('slow', { ms: '200' }));
    const stopping = supervisor.stop();
    await until(({ state }) => state === 'draining');
    await expect(supervisor.client.getVersion({})).rejects.toMatchObject({ code: 'NOT_INITIALIZED' });
    expect(await call).toEqual({ size: 2048 });
    await stopping;
    expect(supervisor.status).toMatchObject({ state: 'stopped', pid: undefined });
    expect(alive(pid)).toBe(false);
  });

  it('does not wait for a call that never ends', async () => {
    const { supervisor } = await running({ settings: { drainMs: 50 } });
    const call = supervisor.client.extendVolume(tell('hang')).catch((error: unknown) => error);
    await supervisor.stop();
    expect(await call).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  });

  it('of a driver that ignores SIGTERM ends with SIGKILL', async () => {
    const { supervisor, logged } = await running({
      start: 'ignore-sigterm',
      settings: { exitMs: 50, termMs: 200 },
    });
    const pid = Number(supervisor.status.pid);
    await supervisor.stop();
    await logged(({ msg }) => msg === 'SIGTERM ignored');
    expect(alive(pid)).toBe(false);
  });

  it('of a driver that is deaf to shutdown goes on without its answer', async () => {
    const { supervisor } = await running({ start: 'deaf-to-shutdown', settings: { shutdownMs: 50 } });
    const pid = Number(supervisor.status.pid);
    await supervisor.stop();
    expect(alive(pid)).toBe(false);
  });

  it('takes grandchildren along', async () => {
    const { supervisor } = await running({ start: 'grandchild' });
    const group = Number(supervisor.status.pid);
    expect(await members(group)).toHaveLength(2);
    await supervisor.stop();
    await expect.poll(() => members(group)).toEqual([]);
  });

  it('grandchildren die with a driver that crashes, too', async () => {
    const { supervisor } = await running({ start: 'grandchild', settings: { backOffMinMs: 60_000 } });
    const group = Number(supervisor.status.pid);
    await supervisor.client.extendVolume(tell('exit')).catch(() => undefined);
    await expect.poll(() => members(group)).toEqual([]);
  });

  it('during a start gives the start up', async () => {
    const { supervisor } = await supervise({ fixture: 'never-answers.mjs' });
    await supervisor.start();
    const started = performance.now();
    await supervisor.stop();
    expect(supervisor.status.state).toBe('stopped');
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('during a back-off ends the wait', async () => {
    const { supervisor, until } = await supervise({
      fixture: 'exits-at-import.mjs',
      settings: { backOffMinMs: 60_000 },
    });
    await supervisor.start();
    await until(({ state }) => state === 'backing-off');
    await supervisor.stop();
    expect(supervisor.status.state).toBe('stopped');
  });

  it('and start, in whatever order and number, end as the last one says', async () => {
    const { supervisor } = await supervise();
    await Promise.all([
      supervisor.stop(),
      supervisor.start(),
      supervisor.start(),
      supervisor.stop(),
      supervisor.start(),
    ]);
    await supervisor.whenReady();
    await Promise.all([supervisor.restart(), supervisor.stop()]);
    expect(supervisor.status.state).toBe('stopped');
    await expect(supervisor.whenReady()).rejects.toMatchObject({ message: 'backend "test" is stopped' });
  });
});

describe('restart', () => {
  it('starts a new process, with the new launch', async () => {
    const { supervisor, launch } = await running();
    const { pid } = supervisor.status;
    await supervisor.restart({ ...launch, env: { START: 'absent' } });
    const status = await supervisor.whenReady();
    expect(status.state).toBe('degraded');
    expect(status.pid).not.toBe(pid);
  });
});

describe('upgrade', () => {
  it('takes over without a gap and drains the old process', async () => {
    const { supervisor, launch } = await running();
    const old = Number(supervisor.status.pid);
    const slow = supervisor.client.extendVolume(tell('slow', { ms: '600' }));
    const states = new Set<string>();
    supervisor.onStatus(({ state }) => states.add(state));
    const upgrading = supervisor.upgrade(launch);
    let upgraded = false;
    void upgrading.then(() => {
      upgraded = true;
    });
    while (!upgraded) {
      expect(await supervisor.client.getVersion({})).toEqual({ version: '0.1' });
      await sleep(5);
    }
    expect(await slow).toEqual({ size: 2048 });
    expect(supervisor.status.pid).not.toBe(old);
    expect(alive(old)).toBe(false);
    expect([...states].filter((each) => each !== 'ready')).toEqual([]);
    await supervisor.client.extendVolume(tell('exit')).catch(() => undefined);
    expect((await supervisor.whenReady()).state).toBe('ready');
  });

  it('to a driver that does not start leaves the old one in place', async () => {
    const { supervisor, launch } = await running();
    const { pid } = supervisor.status;
    await expect(supervisor.upgrade({ ...launch, env: { START: 'bad-config' } })).rejects.toMatchObject({
      code: 'DRIVER_START_FAILED',
      failure: 'configuration',
    });
    expect(supervisor.status).toMatchObject({ state: 'ready', pid });
    expect(await supervisor.client.getVersion({})).toEqual({ version: '0.1' });
  });
});
