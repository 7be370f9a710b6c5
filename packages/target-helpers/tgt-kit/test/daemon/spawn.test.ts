import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { holdsSocket } from '../../src/daemon/holdsSocket.ts';
import { processIdentity } from '../../src/daemon/identity.ts';
import { accessOf, openHelper, reachOf, specOf } from '../fixtures/helper.ts';
import { holdSession, inquireSerial } from '../fixtures/initiator.ts';
import { freePort, noTgtd, until } from '../fixtures/privateTgtd.ts';

describe.skipIf(noTgtd)('a tgtd that the helper starts', () => {
  let directory: string;
  let place: { directory: string; controlPath: string; port: number };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'scoria-spawn-'));
    place = { directory, controlPath: join(directory, 'run', 'control'), port: await freePort() };
  });
  const pidOf = async () => Number(JSON.parse(await readFile(`${place.controlPath}.pid`, 'utf8')).pid);
  afterEach(async () => {
    if (existsSync(`${place.controlPath}.pid`)) {
      const pid = await pidOf();
      if (await processIdentity(pid)) process.kill(pid, 'SIGKILL');
      await until('tgtd is gone', async () => (await processIdentity(pid)) === undefined);
    }
    await rm(directory, { recursive: true, force: true });
  });
  const file = async (name: string) => {
    const { writeFile, truncate } = await import('node:fs/promises');
    await writeFile(join(directory, name), '');
    await truncate(join(directory, name), 2 ** 26);
    return join(directory, name);
  };

  it('is not started unless told to', async () => {
    const helper = await openHelper(place);
    expect(await helper.probe()).toMatchObject({
      state: 'absent',
      reason: expect.stringContaining('does not answer'),
    });
    await expect(helper.ensureTarget(specOf('v', await file('v')))).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
    });
    await expect(helper.listOwned()).rejects.toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  });

  it('outlives its helper, is used again, is replaced when it was killed, and is stopped on request', async () => {
    const options = { tgt_spawn: true, tgt_stop_on_close: true };
    const first = await openHelper(place, { tgt_spawn: true });
    const pid = await pidOf();
    expect((await stat(`${place.controlPath}.pid`)).mode & 0o777).toBe(0o600);
    const spec = specOf('volume-spawn', await file('volume'), { access: [accessOf('s')] });
    await first.ensureTarget(spec);
    await first.close();
    expect(await processIdentity(pid)).toBeDefined();

    const second = await openHelper(place, options);
    expect(await pidOf()).toBe(pid);
    process.kill(pid, 'SIGKILL');
    await until('it is dead', async () => (await processIdentity(pid)) === undefined);
    // No probe in between: the operation itself finds the daemon gone, starts one, restores, and goes on.
    await second.grant(spec.iqn, spec.name, accessOf('t'));
    expect(await pidOf()).not.toBe(pid);
    expect((await inquireSerial(reachOf(place.port, spec, accessOf('s')))).ok).toBe(true);
    expect((await inquireSerial(reachOf(place.port, spec, accessOf('t')))).ok).toBe(true);

    const newPid = await pidOf();
    {
      await using _session = await holdSession(reachOf(place.port, spec, accessOf('s')));
      await second.close();
      expect(await processIdentity(newPid)).toBeDefined();
    }
    await until(
      'the session is gone',
      async () => (await second.showTarget(spec.iqn))?.sessions.length === 0,
    );
    await second.close();
    expect(await processIdentity(newPid)).toBeUndefined();
    expect(existsSync(`${place.controlPath}.pid`)).toBe(false);
  });

  it('is one for two helpers that start at the same time', async () => {
    const helpers = await Promise.all([
      openHelper(place, { tgt_spawn: true }, 'one'),
      openHelper(place, { tgt_spawn: true }, 'two'),
    ]);
    for (const helper of helpers) expect(await helper.probe()).toMatchObject({ state: 'ready' });
    expect(await holdsSocket(await pidOf(), `${place.controlPath}.0`)).toBe(true);
    expect(await holdsSocket(process.pid, `${place.controlPath}.0`)).toBe(false);
  });

  it('does not trust a pid file that names another process', async () => {
    const { mkdir, writeFile } = await import('node:fs/promises');
    const innocent = spawn('sleep', ['60']);
    await mkdir(join(directory, 'run'), { mode: 0o700 });
    await writeFile(`${place.controlPath}.pid`, JSON.stringify({ pid: innocent.pid, startTime: '1' }));
    const helper = await openHelper(place, { tgt_spawn: true, tgt_stop_on_close: true });
    expect(await pidOf()).not.toBe(innocent.pid);
    await helper.close();
    expect(innocent.exitCode ?? innocent.signalCode).toBeNull();
    innocent.kill('SIGKILL');
  });

  it('that cannot have its port is reported with what it said', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(place.port, '127.0.0.1', resolve));
    await expect(openHelper(place, { tgt_spawn: true })).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      message: expect.stringMatching(/in use/i),
    });
    server.close();
  });
});
