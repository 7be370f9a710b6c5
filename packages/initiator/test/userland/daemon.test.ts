import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { identifyProcess } from '../../src/processIdentity.ts';
import { stopDaemon } from '../../src/userland/daemon.ts';
import { Qmp } from '../../src/userland/qmp.ts';
import type { AttachmentFiles } from '../../src/userland/record.ts';

let directory: string;
let daemon: ChildProcess;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'scoria-daemon-'));
  daemon = spawn(process.execPath, [resolve(import.meta.dirname, '../fixtures/silentDaemon.mjs')], {
    cwd: directory,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (daemon.stdout !== null) await once(daemon.stdout, 'data');
});
afterEach(async () => {
  daemon.kill('SIGKILL');
  await rm(directory, { recursive: true });
});

it('ends a daemon that listens and says nothing', async () => {
  const identity = await identifyProcess(daemon.pid ?? 0);
  if (identity === null) throw new Error('the daemon is not there');
  const ended = once(daemon, 'exit');
  const files = { directory } as AttachmentFiles;
  expect(await stopDaemon(files, identity)).toBe(true);
  expect(await ended).toEqual([null, 'SIGTERM']);
});

it('does not wait for the greeting of a silent daemon when it is too late already', async () => {
  expect(await Qmp.open(directory, AbortSignal.abort())).toBeNull();
});
