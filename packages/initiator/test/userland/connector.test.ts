import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@scoria/core/contract';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readInitiatorName } from '../../src/hostIdentity.ts';
import { type AttachedDevice, attachedDeviceSchema, UserlandConnector } from '../../src/index.ts';
import { noUserland, sh, tracesOf } from '../fixtures/host.ts';
import { type Exported, freePort, INITIATOR, PrivateTgtd } from '../fixtures/tgtd.ts';

const MIB = 1024 * 1024;
if (noUserland !== null) console.log(`skipped: userland connector: ${noUserland}`);

describe.skipIf(noUserland)('the userland connector', () => {
  let tgtd: PrivateTgtd;
  let state: string;
  let tid = 0;
  let volume: Exported;
  let connector: UserlandConnector;

  beforeAll(async () => {
    tgtd = await PrivateTgtd.start();
  });
  afterAll(() => tgtd?.stop());
  beforeEach(async () => {
    state = await mkdtemp(join(tmpdir(), 'scoria-initiator-'));
    connector = new UserlandConnector({ stateDirectory: state, initiatorName: INITIATOR });
    tid += 1;
    volume = await tgtd.export(tid);
  });
  afterEach(async () => {
    spawnSync('umount', [join(tgtd.directory, `mnt${tid}`)]);
    for (const { handle } of await connector.listAttached()) {
      const device = { ...placeholder, handle };
      await connector.disconnect(device, { force: true });
    }
    expect(tracesOf(state)).toEqual([]);
    expect(readdirSync(state).filter((name) => name !== 'initiatorname.iscsi')).toEqual([]);
    await rm(state, { recursive: true, force: true });
  });

  const placeholder: AttachedDevice = {
    connector: 'userland',
    path: '/dev/null',
    type: 'block',
    identity: { type: 'serial', serial: 'none' },
    size: 0,
    readOnly: false,
    discard: false,
    handle: '0000000000000000',
  };

  it('refuses a state directory that others may write to, or that is a link', async () => {
    const open = join(tgtd.directory, `open${tid}`);
    await mkdir(open);
    await chmod(open, 0o777);
    const link = join(tgtd.directory, `link${tid}`);
    await symlink(state, link);
    for (const stateDirectory of [open, link]) {
      const other = new UserlandConnector({ stateDirectory, initiatorName: INITIATOR });
      await expect(other.connect(tgtd.connection(volume))).rejects.toMatchObject({ code: 'COMMAND_FAILED' });
      expect(readdirSync(stateDirectory)).toEqual([]);
    }
  });

  it('attaches a block device that takes a file system and keeps its data over a detach', async () => {
    const device = await connector.connect(tgtd.connection(volume));
    expect(attachedDeviceSchema.parse(device)).toMatchObject({
      type: 'block',
      size: 64 * MIB,
      identity: { type: 'serial', serial: volume.serial },
      discard: true,
    });
    expect(sh('losetup', '--noheadings', '--output', 'DIO', device.path).trim()).toBe('0');
    const mountpoint = join(tgtd.directory, `mnt${tid}`);
    await mkdir(mountpoint);
    sh('mkfs.ext4', '-q', device.path);
    sh('mount', device.path, mountpoint);
    const content = randomBytes(8 * MIB);
    await writeFile(join(mountpoint, 'data'), content);
    await expect(connector.disconnect(device)).rejects.toMatchObject({ code: 'VOLUME_IS_BUSY' });
    sh('umount', mountpoint);
    expect(await connector.disconnect(device)).toEqual({ wasAttached: true, flushed: true, warnings: [] });
    expect(tracesOf(state)).toEqual([]);

    const again = await connector.connect(tgtd.connection(volume, { readOnly: true }));
    expect(again.readOnly).toBe(true);
    sh('mount', '-o', 'ro', again.path, mountpoint);
    expect(sha256(await readFile(join(mountpoint, 'data')))).toBe(sha256(content));
    sh('umount', mountpoint);
    sh('e2fsck', '-fn', again.path);
    expect(sh('blockdev', '--getro', again.path).trim()).toBe('1');
    expect(() => sh('dd', 'if=/dev/zero', `of=${again.path}`, 'bs=512', 'count=1', 'oflag=direct')).toThrow();
    await connector.disconnect(again);
  });

  it('keeps the secret out of argv, environment and files', async () => {
    const device = await connector.connect(tgtd.connection(volume));
    const secret = volume.secret.reveal();
    const daemon = JSON.parse(await readFile(join(state, device.handle, 'attachment.json'), 'utf8')).daemon
      .pid;
    expect(readFileSync(`/proc/${daemon}/cmdline`, 'utf8')).toContain('iscsi');
    expect(readFileSync(`/proc/${daemon}/cmdline`, 'utf8')).not.toContain(secret);
    expect(readFileSync(`/proc/${daemon}/environ`, 'utf8')).not.toContain(secret);
    for (const name of readdirSync(join(state, device.handle))) {
      const path = join(state, device.handle, name);
      if (name === 'disk' || !statSync(path).isFile()) continue;
      expect(readFileSync(path, 'utf8')).not.toContain(secret);
      expect(statSync(path).mode & 0o077).toBe(0);
    }
    expect(statSync(join(state, device.handle)).mode & 0o077).toBe(0);
    await connector.disconnect(device);
  });

  it('refuses a LUN that shows another serial, and touches nothing', async () => {
    const before = sha256(await readFile(volume.file));
    await expect(
      connector.connect(tgtd.connection(volume, { serial: 'volume-other' })),
    ).rejects.toMatchObject({
      code: 'DEVICE_UNAVAILABLE',
      message: expect.stringContaining('it is another volume'),
    });
    expect(sha256(await readFile(volume.file))).toBe(before);
    const { identity: _, ...without } = tgtd.connection(volume);
    await expect(connector.connect(without)).rejects.toMatchObject({ code: 'DEVICE_UNAVAILABLE' });
  });

  it('refuses a wrong secret, a foreign initiator and an unknown target, each with its own error', async () => {
    const secret = new Secret('not-the-secret-0');
    await expect(connector.connect(tgtd.connection(volume, { secret }))).rejects.toMatchObject({
      code: 'DEVICE_UNAVAILABLE',
      details: { iscsi: 'AUTHENTICATION' },
    });
    const stranger = new UserlandConnector({
      stateDirectory: state,
      initiatorName: 'iqn.2026-11.test:stranger',
    });
    await expect(stranger.connect(tgtd.connection(volume))).rejects.toMatchObject({
      code: 'VOLUME_DEVICE_NOT_FOUND',
    });
    const portal = `127.0.0.1:${await freePort()}`;
    await expect(connector.connect(tgtd.connection(volume, { portal }))).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
    });
  });

  it('uses another portal when the first one is silent', async () => {
    const dead = `127.0.0.1:${await freePort()}`;
    const info = tgtd.connection(volume, { portal: dead, portals: [dead, tgtd.portal] });
    const device = await connector.connect(info);
    expect(device.size).toBe(64 * MIB);
    expect((await connector.disconnect(device)).wasAttached).toBe(true);
    expect((await connector.disconnect(info)).wasAttached).toBe(false);
  });

  it('attaches once: a second attach proves the identity again and gives the same device', async () => {
    const info = tgtd.connection(volume);
    const [first, second] = await Promise.all([connector.connect(info), connector.connect(info)]);
    expect(second).toEqual(first);
    expect(await connector.listAttached()).toEqual([
      {
        handle: first.handle,
        target: { portal: tgtd.portal, iqn: volume.iqn, lun: 1 },
        state: 'attached',
        device: first,
      },
    ]);
    await connector.disconnect(first);
    expect(await connector.disconnect(first)).toEqual({ wasAttached: false, flushed: true, warnings: [] });
    expect(await connector.disconnect(info)).toMatchObject({ wasAttached: false });
  });

  it('makes a grown volume visible without a detach, and all of it usable', async () => {
    const device = await connector.connect(tgtd.connection(volume));
    const mountpoint = join(tgtd.directory, `mnt${tid}`);
    await mkdir(mountpoint);
    sh('mkfs.ext4', '-q', device.path);
    sh('mount', device.path, mountpoint);
    const content = randomBytes(4 * MIB);
    await writeFile(join(mountpoint, 'data'), content);
    expect((await connector.extend(device)).size).toBe(64 * MIB);
    await tgtd.grow(volume, 160 * MIB);
    const grown = await connector.extend(device);
    expect(grown).toEqual({ ...device, size: 160 * MIB });
    expect(Number(sh('blockdev', '--getsize64', device.path))).toBe(160 * MIB);
    sh('umount', mountpoint);
    sh('e2fsck', '-fp', device.path);
    sh('resize2fs', device.path);
    sh('mount', device.path, mountpoint);
    const more = randomBytes(100 * MIB);
    await writeFile(join(mountpoint, 'more'), more);
    sh('umount', mountpoint);
    await connector.disconnect(grown);
    const again = await connector.connect(tgtd.connection(volume));
    sh('e2fsck', '-fn', again.path);
    sh('mount', '-o', 'ro', again.path, mountpoint);
    expect(sha256(await readFile(join(mountpoint, 'data')))).toBe(sha256(content));
    expect(sha256(await readFile(join(mountpoint, 'more')))).toBe(sha256(more));
    sh('umount', mountpoint);
    await connector.disconnect(again);
    await expect(connector.extend(again)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('cleans up after a killed daemon, and attaches anew over the ruins', async () => {
    const device = await connector.connect(tgtd.connection(volume));
    process.kill(daemonOf(device), 'SIGKILL');
    await expect.poll(async () => (await connector.listAttached())[0]?.state).toBe('broken');
    expect(await connector.disconnect(device)).toMatchObject({ wasAttached: true, flushed: false });
    expect(tracesOf(state)).toEqual([]);

    const second = await connector.connect(tgtd.connection(volume));
    const secondDaemon = daemonOf(second);
    process.kill(secondDaemon, 'SIGKILL');
    await expect.poll(async () => (await connector.listAttached())[0]?.state).toBe('broken');
    const third = await connector.connect(tgtd.connection(volume));
    expect(daemonOf(third)).not.toBe(secondDaemon);
    await connector.disconnect(third);
  });

  it('keeps the name that it had to make', async () => {
    const source = { files: [join(state, 'absent'), join(state, 'name')], createIn: join(state, 'name') };
    const name = await readInitiatorName(source);
    expect(name).toMatch(/^iqn\.\d{4}-\d{2}\./);
    expect(await readInitiatorName(source)).toBe(name);
    await rm(join(state, 'name'));
    await expect(readInitiatorName({ ...source, createIn: null })).rejects.toMatchObject({
      code: 'INVALID_CONNECTOR',
    });
  });

  it('lets another process detach what this one attached', async () => {
    const device = await connector.connect(tgtd.connection(volume));
    const other = new UserlandConnector({ stateDirectory: state });
    expect(await other.disconnect(tgtd.connection(volume))).toMatchObject({
      wasAttached: true,
      flushed: true,
    });
    expect(existsSync(join(state, device.handle))).toBe(false);
  });

  it('hands out the file itself when no block device is wanted', async () => {
    const plain = new UserlandConnector({
      stateDirectory: state,
      initiatorName: INITIATOR,
      deviceType: 'file',
    });
    const device = await plain.connect(tgtd.connection(volume));
    expect(device).toMatchObject({ type: 'file', path: join(state, device.handle, 'disk') });
    expect(statSync(device.path).size).toBe(64 * MIB);
    const file = await open(device.path, 'r+');
    await file.write(Buffer.from('scoria'), 0, 6, 4096);
    await expect(plain.disconnect(device)).rejects.toMatchObject({
      leftBehind: expect.arrayContaining([device.path]),
    });
    await file.close();
    await plain.disconnect(device);
    const backing = await open(volume.file, 'r');
    expect((await backing.read(Buffer.alloc(6), 0, 6, 4096)).buffer.toString()).toBe('scoria');
    await backing.close();
  });

  it('refuses discards on a LUN that cannot unmap, so that zeroed blocks read zero', async () => {
    tid += 1;
    const thick = await tgtd.export(tid, { thin: false });
    const device = await connector.connect(tgtd.connection(thick));
    expect(device.discard).toBe(false);
    const file = await open(device.path, 'r+');
    await file.write(randomBytes(4 * MIB), 0, 4 * MIB, 0);
    await file.sync();
    await file.close();
    expect(() => sh('blkdiscard', '--force', '--length', String(MIB), device.path)).toThrow(/not supported/);
    expect(() => sh('fallocate', '--punch-hole', '--length', String(MIB), device.path)).toThrow();
    sh('blkdiscard', '--force', '--zeroout', '--length', String(MIB), device.path);
    const check = await open(device.path, 'r');
    const { buffer } = await check.read(Buffer.alloc(MIB, 1), 0, MIB, 0);
    await check.close();
    expect(buffer.equals(Buffer.alloc(MIB))).toBe(true);
    await connector.disconnect(device);

    // The kernel keeps that limit for good, so the loop device itself must not come back with it.
    const thin = await connector.connect(tgtd.connection(volume));
    sh('blkdiscard', '--force', '--length', String(MIB), thin.path);
    await connector.disconnect(thin);
  });

  it('leaves nothing when it is cancelled or runs out of time on the way', async () => {
    for (const deadlineMs of [1, 5, 10, 20, 40, 60]) {
      const outcome = await connector
        .connect(tgtd.connection(volume), { deadlineMs })
        .catch((error) => error);
      if (outcome instanceof Error)
        expect(outcome).toMatchObject({ code: expect.stringMatching(/DEADLINE_EXCEEDED|ABORTED/) });
      else await connector.disconnect(outcome);
      expect(tracesOf(state)).toEqual([]);
    }
    const signal = AbortSignal.abort();
    await expect(connector.connect(tgtd.connection(volume), { signal })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });

  it('detaches by force when the target is gone with data still to be written', async () => {
    const device = await connector.connect(tgtd.connection(volume));
    const file = await open(device.path, 'r+');
    await file.write(randomBytes(MIB), 0, MIB, 0);
    await file.close();
    await tgtd.kill();
    try {
      const report = await connector.disconnect(device, { force: true, deadlineMs: 3_000 });
      expect(report.flushed).toBe(false);
      expect(tracesOf(state)).toEqual([]);
    } finally {
      await tgtd.launch();
    }
  });

  function daemonOf(device: AttachedDevice): number {
    return JSON.parse(readFileSync(join(state, device.handle, 'attachment.json'), 'utf8')).daemon.pid;
  }
});

function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
