import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noAttach, Served } from './fixtures/scoria.ts';

if (noAttach !== null) console.log(`skipped: attaching for real: ${noAttach}`);

const GIB = 1024 ** 3;

interface Local {
  readonly handle: string;
  readonly target: { readonly iqn: string; readonly lun: number };
}

describe.skipIf(noAttach)(
  'scoria volume attach, by tgtd and the userland initiator',
  { timeout: 90_000 },
  () => {
    let served: Served;
    beforeAll(async () => {
      const port = await freePort();
      served = await Served.start(
        '',
        `  volume_driver: iscsi\n  iscsi_port: ${port}\n  volume_clear: none\n  tgt_spawn: true\n  tgt_stop_on_close: true\n  tgt_control_socket: ${controlSocket()}\n`,
      );
    }, 90_000);
    afterAll(async () => {
      await served?.stop();
      await rm(dirname(controlSocket()), { recursive: true, force: true });
    });

    it('gives a device that is written to, grows while attached, and leaves nothing after a detach', async () => {
      const volume = await served.json('volume', 'create', 'disk', '-s', '1');
      const attached = await served.json('volume', 'attach', 'disk', '--initiator', 'userland');
      expect(attached).toMatchObject({
        type: 'block',
        size: GIB,
        identity: { type: 'serial' },
        volume_id: volume.id,
      });
      expect((await served.run('volume', 'attach', 'disk', '--initiator', 'userland')).code).toBe(5);
      const shown = await served.json('attachment', 'show', attached.attachment_id);
      expect(shown.connection_info).toMatchObject({ auth_method: 'CHAP', auth_password: '[secret]' });

      const torn = await served.run('snapshot', 'create', 'disk', 'monday');
      expect(torn.code).toBe(5);
      expect(torn.stderr).toMatch(/The volume disk is attached.*--force/s);
      expect(await served.json('snapshot', 'list')).toEqual([]);

      const mountpoint = join(served.directory, 'mnt');
      await mkdir(mountpoint);
      sh('mkfs.ext4', '-q', attached.device);
      sh('mount', attached.device, mountpoint);
      await writeFile(join(mountpoint, 'file'), 'content');
      expect((await served.run('volume', 'extend', 'disk', '2')).code).toBe(0);
      expect(Number(sh('blockdev', '--getsize64', attached.device))).toBe(2 * GIB);
      const busy = await served.run('volume', 'detach', 'disk', '--initiator', 'userland');
      expect([busy.code, busy.stderr]).toEqual([5, expect.stringContaining(`is in use (${mountpoint})`)]);
      sh('umount', mountpoint);

      expect((await served.run('volume', 'detach', 'disk', '--initiator', 'userland')).stdout).toBe(
        'Detached volume disk.\n',
      );
      expect(sh('losetup', '--list', '--noheadings')).not.toContain(attached.device);
      expect(await served.json('volume', 'show', 'disk')).toMatchObject({ status: 'available', size: 2 });
      expect((await served.run('volume', 'delete', 'disk')).code).toBe(0);
    });

    it('refuses multipath before anything is reserved where the initiator takes one path at a time', async () => {
      const volume = await served.json('volume', 'create', 'narrow', '-s', '1');
      const refused = await served.run(
        'volume',
        'attach',
        'narrow',
        '--multipath',
        '--initiator',
        'userland',
      );
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining('one path at a time')]);
      expect(await served.json('volume', 'show', 'narrow')).toMatchObject({ status: 'available' });
      await served.run('volume', 'delete', volume.id);
    });

    it('attaches for reading only', async () => {
      await served.json('volume', 'create', 'constant', '-s', '1');
      const attached = await served.json(
        'volume',
        'attach',
        'constant',
        '--read-only',
        '--initiator',
        'userland',
      );
      expect(attached.read_only).toBe(true);
      expect(sh('blockdev', '--getro', attached.device).trim()).toBe('1');
      await served.run('volume', 'detach', 'constant', '--initiator', 'userland');
      expect(existsSync(attached.device) && sh('losetup', '--list').includes(attached.device)).toBe(false);
      await served.run('volume', 'delete', 'constant');
    });

    it('finds and takes away what a killed daemon leaves', async () => {
      await served.json('volume', 'create', 'broken', '-s', '1');
      const attached = await served.json('volume', 'attach', 'broken', '--initiator', 'userland');
      const held = await served.json('attachment', 'local');
      const mine = held.find((each: Local) => each.target.iqn.includes(attached.volume_id));
      expect(mine).toMatchObject({ state: 'attached', device: { path: attached.device } });
      const record = JSON.parse(
        await readFile(`/run/scoria/initiator/${mine.handle}/attachment.json`, 'utf8'),
      );
      process.kill(record.daemon.pid, 'SIGKILL');
      const stateOf = async () =>
        (await served.json('attachment', 'local')).find((each: Local) => each.handle === mine.handle)?.state;
      await expect.poll(stateOf, { timeout: 10_000 }).toBe('broken');
      expect((await served.json('attachment', 'clean')).cleaned).toContain(
        `LUN ${mine.target.lun} of ${mine.target.iqn}`,
      );
      expect(await stateOf()).toBeUndefined();
      expect((await served.run('volume', 'detach', 'broken', '--initiator', 'userland')).code).toBe(0);
      expect((await served.run('volume', 'delete', 'broken')).code).toBe(0);
    });

    function controlSocket(): string {
      return `/run/scoria-test-${process.pid}/control`;
    }
  },
);

function sh(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
