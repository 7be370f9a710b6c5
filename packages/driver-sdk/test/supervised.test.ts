import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DriverSupervisor } from '@scoria/core';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { bytes, COOKIE_NAME, COOKIE_VALUE, Secret } from '../src/index.ts';
import { fixture } from './talk.ts';

const nodeArgs = ['--conditions=scoria-source'];

/** The no-op driver in a process of its own, ready. */
async function supervised(env: Record<string, string> = {}, options: Record<string, unknown> = {}) {
  const stateDir = mkdtempSync(join(tmpdir(), 'scoria-sdk-'));
  const logs: Record<string, unknown>[] = [];
  const supervisor = new DriverSupervisor(
    {
      backend: 'b',
      host: 'h',
      driver: { name: 'noop', entry: fixture('noop-driver.ts'), executable: false },
      plugins: [],
      options,
      stateDir,
      env,
    },
    {
      log: pino({ level: 'trace' }, { write: (line) => void logs.push(JSON.parse(line)) }),
      settings: { nodeArgs },
    },
  );
  onTestFinished(async () => {
    await supervisor.stop();
    rmSync(stateDir, { recursive: true });
  });
  await supervisor.start();
  await supervisor.whenReady();
  return { supervisor, logs };
}

/** Living processes of a group. */
async function members(group: number): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((each) => /^\d+$/.test(each))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (pgrp === String(group) && state !== 'Z') found.push(pid);
  }
  return found;
}

const volume = {
  id: '7f9c24e8-3b12-4fef-91e0-d1b1d6b7f001',
  name: 'volume-1',
  size: bytes(1024),
  host: 'h@b',
  providerLocation: '127.0.0.1:3260,1 iqn.2010-10.org.openstack:volume-1 1',
  providerAuth: new Secret('CHAP user canary-secret'),
  providerGeometry: null,
  providerId: null,
  encryptionKeyId: null,
  multiattach: false,
  readOnly: false,
  metadata: {},
  extraSpecs: {},
};

it('works through supervisor, wire and both validations; stray prints are only log records', async () => {
  const { supervisor, logs } = await supervised(
    { START: 'stdout' },
    { san_password: new Secret('canary-secret') },
  );
  expect(await supervisor.client.extendVolume({ volume, newSize: bytes(2048) })).toEqual({ size: 2048 });
  expect(await supervisor.client.createVolume({ volume })).toEqual({ update: {}, work: [] });
  await expect(supervisor.client.deleteVolume({ volume })).rejects.toMatchObject({
    code: 'VOLUME_IS_BUSY',
    retry: 'after-change',
  });
  await expect
    .poll(() => logs.map(({ msg }) => msg))
    .toEqual(expect.arrayContaining(['a stray print', 'set up']));
  expect(JSON.stringify(logs)).not.toContain('canary');
});

it('a call costs little', async () => {
  const { supervisor } = await supervised();
  const call = () => supervisor.client.extendVolume({ volume, newSize: bytes(2048) });
  for (let i = 0; i < 3000; i += 1) await call();
  const times: number[] = [];
  for (let i = 0; i < 3000; i += 1) {
    const before = performance.now();
    await call();
    times.push((performance.now() - before) * 1000);
  }
  times.sort((a, b) => a - b);
  const [p50, p99] = [Number(times[1500]), Number(times[2970])];
  console.log(`no-op driver call: p50 ${p50.toFixed(0)} µs, p99 ${p99.toFixed(0)} µs`);
  // The goal is 200 µs on a quiet machine (test/bench measures it); the limit here leaves room for a busy one.
  expect(p50).toBeLessThan(1_000);
});

it('driver and grandchild are gone within a second after the host was killed', async () => {
  const host = spawn(process.execPath, [...nodeArgs, fixture('host.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void host.kill('SIGKILL'));
  const [line] = await once(createInterface(host.stdout), 'line');
  const group = Number(line);
  expect(await members(group)).toHaveLength(2);
  host.kill('SIGKILL');
  await expect.poll(() => members(group), { timeout: 1_000, interval: 20 }).toEqual([]);
});

it.each([
  ['without fd 3 and cookie', {}],
  ['with the cookie alone', { [COOKIE_NAME]: COOKIE_VALUE }],
])('started by hand %s it says what it is and exits with 64', async (_, env) => {
  const child = spawn(process.execPath, [...nodeArgs, fixture('noop-driver.ts')], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stderr.on('data', (chunk) => {
    text += String(chunk);
  });
  expect(await once(child, 'close')).toEqual([64, null]);
  expect(text).toContain('This is the Scoria storage driver "noop" 1.2.3. It is a plugin');
});
