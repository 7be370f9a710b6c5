import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { socketHolder } from '../../src/daemon/holdsSocket.ts';
import { iserAsksForBoth, parseVersion, runningVersion } from '../../src/daemon/version.ts';
import { noTgtd, privateTgtd } from '../fixtures/privateTgtd.ts';

const run = promisify(execFile);

describe('the release of a tgtd', () => {
  it.each([
    ['1.0.85\n', [1, 0, 85]],
    ['1.0.97', [1, 0, 97]],
    // The fix may be in it, or not.
    ['1.0.94-g0123abc', null],
    ['v24.19.2', null],
    ['', null],
  ])('%j is %j', (printed, version) => expect(parseVersion(printed)).toEqual(version));

  it.each([
    [[1, 0, 85], true],
    [[1, 0, 94], true],
    [[1, 0, 95], false],
    [[1, 0, 97], false],
    [[1, 1, 0], false],
    [[0, 9, 99], true],
    [[2, 0, 0], false],
  ] as const)('%j asks for name and address both over iSER: %s', (version, answer) =>
    expect(iserAsksForBoth(version)).toBe(answer),
  );

  it.skipIf(noTgtd)('is that of the running daemon, asked by its socket', async () => {
    await using tgtd = await privateTgtd();
    const { stdout } = await run('/usr/sbin/tgtd', ['--version']);
    expect(await runningVersion(tgtd.socketPath)).toEqual(parseVersion(stdout));
    await tgtd.kill();
    expect(await runningVersion(tgtd.socketPath)).toBeNull();
  });

  it('is not known of what is no tgtd', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'scoria-version-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const path = join(directory, 'control.0');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    expect(await runningVersion(path)).toBeNull();
    server.close();
  });
});

it.skipIf(process.geteuid?.() !== 0)("does not take another user's process for the daemon", async () => {
  const directory = await mkdtemp(join(tmpdir(), 'scoria-version-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'control.0');
  const listen =
    'const [path, uid] = process.argv.slice(1); require("net").createServer().listen(path, () => { process.setuid(Number(uid)); console.log("listens"); })';
  const listener = async (uid: number) => {
    const argv = ['-e', listen, path, String(uid)];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child.stdout, 'data');
    return child;
  };
  const foreign = await listener(65_534);
  expect(await socketHolder(path)).toBeUndefined();
  foreign.kill('SIGKILL');
  await once(foreign, 'exit');
  await rm(path, { force: true });
  const own = await listener(0);
  expect(await socketHolder(path)).toBe(own.pid);
});
