import { execFile } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bytes, type ConnectionInfo } from '@scoria/core/contract';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ExportKeeper } from '../../src/backends/index.ts';
import { KeyedLocks } from '../../src/journal/index.ts';
import { connectorOf, type Lifecycle, makeVolume, startLifecycle, user } from '../fixtures/lifecycle.ts';
import { iscsiSection, noIscsi, realDriver, testTgtd } from '../fixtures/realBackend.ts';
import { scratchDirectory } from '../fixtures/scratchState.ts';

const run = promisify(execFile);
const MIB = 1024 * 1024;

/** Logs in as an initiator and reads the unit serial number; `refused` when that did not work. */
async function serialSeenBy(host: string, { data }: ConnectionInfo, password?: string): Promise<string> {
  if (!('target_iqn' in data) || typeof data.target_portal !== 'string') throw new Error('not iSCSI');
  const url = `iscsi://${data.target_portal}/${data.target_iqn}/${data.target_lun}`;
  const argv = ['-i', connectorOf(host).initiator ?? '', '-e', '1', '-c', '128', url];
  const env = {
    PATH: '/usr/bin:/bin',
    LIBISCSI_CHAP_USERNAME: data.auth_username,
    LIBISCSI_CHAP_PASSWORD: password ?? data.auth_password?.reveal(),
  };
  const { stdout } = await run('iscsi-inq', argv, { env, timeout: 15_000 }).catch(() => ({
    stdout: 'refused',
  }));
  return stdout;
}

async function connected(life: Lifecycle, host: string) {
  const { id, backendName } = await makeVolume(life, { size: bytes(8 * MIB) });
  const info = await life.services.volumes.initializeConnection(user, id, connectorOf(host));
  return { id, backendName, host, info };
}

if (noIscsi !== null) console.log(`skipped: a restarted tgtd: ${noIscsi}`);

describe.skipIf(noIscsi)('exports of a real tgtd', () => {
  async function exporting(hosts: readonly string[]) {
    const directory = scratchDirectory();
    const tgtd = await testTgtd(directory);
    const configuration = join(directory, 'volumes_dir');
    const section = { ...iscsiSection(directory, tgtd), volumes_dir: configuration };
    const driver = await realDriver(directory, section);
    const attachLocks = new KeyedLocks();
    const life = await startLifecycle({
      drivers: { real: driver },
      access: { prefer: 'attach', attachLocks },
    });
    const volumes = [];
    for (const host of hosts) volumes.push(await connected(life, host));
    const [backend] = life.deps.backends.all;
    if (backend === undefined) throw new Error('no backend');
    const keeper = new ExportKeeper({
      backend,
      state: life.deps.state,
      locks: new KeyedLocks(),
      attachLocks,
      log: life.deps.log,
      intervalMs: 50,
    });
    onTestFinished(() => keeper.stop());
    return { tgtd, life, keeper, volumes, configuration };
  }

  test('come back by themselves when it is killed and started again: the same credentials, and no others', async () => {
    const { tgtd, keeper, volumes } = await exporting(['one', 'two']);
    keeper.start();
    for (const { id, host, info } of volumes) expect(await serialSeenBy(host, info)).toContain(id);
    await tgtd.kill();
    await tgtd.start();
    await vi.waitFor(
      async () => {
        for (const { id, host, info } of volumes) expect(await serialSeenBy(host, info)).toContain(id);
      },
      { timeout: 20_000, interval: 100 },
    );
    const [one, two] = volumes;
    if (one === undefined || two === undefined) throw new Error('no volumes');
    expect(await serialSeenBy('one', one.info, 'wrong-password')).toBe('refused');
    expect(await serialSeenBy('two', one.info)).toBe('refused');
  });

  test('come back from the records of the service when a reboot has lost the configuration of the daemon too', async () => {
    const { tgtd, keeper, volumes, configuration } = await exporting(['one', 'two']);
    expect(readdirSync(configuration)).toHaveLength(2);
    await tgtd.kill();
    for (const name of readdirSync(configuration)) rmSync(join(configuration, name));
    await tgtd.start();
    await keeper.check();
    for (const { id, host, info } of volumes) expect(await serialSeenBy(host, info)).toContain(id);
    const [one] = volumes;
    if (one === undefined) throw new Error('no volume');
    expect(await serialSeenBy('one', one.info, 'wrong-password')).toBe('refused');
    expect(readdirSync(configuration)).toHaveLength(2);
  });

  test('of which half are there are brought back: only the others are touched', async () => {
    const { tgtd, keeper, volumes } = await exporting(['one', 'two', 'three', 'four']);
    expect(await keeper.check('all')).toBe(0);
    const lost = volumes.slice(0, 2);
    for (const { info } of lost)
      tgtd.deleteTarget('target_iqn' in info.data ? (info.data.target_iqn ?? '') : '');
    expect(tgtd.targets()).toHaveLength(2);
    expect(await keeper.check('all')).toBe(2);
    expect(tgtd.targets()).toHaveLength(4);
    for (const { id, host, info } of volumes) expect(await serialSeenBy(host, info)).toContain(id);
  });

  test("that the service itself uses come back too, beside their user's: what it reads goes on", async () => {
    const { tgtd, life, keeper, volumes } = await exporting(['host-one']);
    const [used] = volumes;
    if (used === undefined) throw new Error('no volume');
    const volume = await life.services.volumes.get(user, used.id);
    const context = {
      signal: new AbortController().signal,
      log: life.deps.log,
      driverRequestId: (step: string) => `test:${step}`,
      run: 1,
    };
    const opened = await life.deps.access.open(volume, 'ro', context);
    const file = await open(opened.path, 'r');
    keeper.start();
    await tgtd.kill();
    await tgtd.start();
    await vi.waitFor(() => expect(tgtd.access()).toHaveLength(2), { timeout: 20_000, interval: 100 });
    // Waits in the kernel until the session is back.
    expect((await file.read(Buffer.alloc(4 * MIB), 0, 4 * MIB, 0)).bytesRead).toBe(4 * MIB);
    await file.close();
    await opened.close({ force: false });
    expect(await serialSeenBy(used.host, used.info)).toContain(used.id);
    expect(tgtd.access()).toHaveLength(1);
  });
});
