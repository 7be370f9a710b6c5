import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rm, rmdir, symlink, truncate, unlink, writeFile } from 'node:fs/promises';
import type { ConnectionInfo } from '@scoria/driver-sdk';
import { run } from '@scoria/host-exec';
import { type AttachedDevice, OpenIscsiConnector } from '@scoria/initiator';
import type { LioHelper } from '@scoria/target-helper-lioadm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { lioObjects, lioTree } from '../../support/configfsTree.ts';
import { inquire } from '../../support/libiscsi.ts';
import { accessOf, connectionOf, makeFile, openLio, reachOf, SAVECONFIG, specOf } from '../../support/lio.ts';

const MIB = 1024 * 1024;
const CONFIGFS = '/sys/kernel/config/target';
const initiator = new OpenIscsiConnector();
let helper: LioHelper;
let files: string[] = [];

const file = async (name: string, size = 16 * MIB): Promise<string> => {
  const path = await makeFile(name, size);
  files.push(path);
  return path;
};
const refused = async (...arguments_: Parameters<typeof reachOf>): Promise<string> => {
  const { serial, said } = await inquire(reachOf(...arguments_));
  expect(serial).toBeNull();
  return said;
};
const attach = (connection: ConnectionInfo): Promise<AttachedDevice> => initiator.connect(connection);
const saved = async (): Promise<string> => readFile(SAVECONFIG, 'utf8');

beforeAll(async () => {
  await run('modprobe', ['-a', 'iscsi_tcp', 'loop']);
  await run('iscsid', []);
  helper = await openLio();
  expect(await helper.probe()).toEqual({ state: 'ready', reason: '' });
});
afterEach(async () => {
  const left = [await helper.listOwned(), await lioObjects(), JSON.parse(await saved())];
  // A test that failed does not make the next ones fail.
  for (const { name, reference } of await helper.listOwned())
    if (name !== null) await helper.removeTarget(reference, name, { force: true });
  for (const path of files) await rm(path, { force: true });
  files = [];
  expect(left).toEqual([[], [], expect.objectContaining({ storage_objects: [], targets: [] })]);
});
afterAll(async () => {
  await helper.close();
  await run('iscsiadm', ['-k', '0'], { exitCodes: 'any' });
});

describe.each([
  { chap: true, address: '127.0.0.1' },
  { chap: true, address: '::1' },
  { chap: false, address: '127.0.0.1' },
  { chap: false, address: '::1' },
])('an export with CHAP $chap at $address', ({ chap, address }) => {
  it('serves its initiator alone, from attach to delete', async () => {
    const path = await file('whole');
    const spec = specOf('whole', path, [address]);
    const own = accessOf('own', chap ? {} : { chap: null });
    const state = await helper.ensureTarget(spec);
    expect(state).toMatchObject({
      iqn: spec.iqn,
      luns: [{ lun: 0, path, serial: spec.serial, size: 16 * MIB }],
      initiators: [],
      sessions: [],
    });
    await refused(spec, own);

    expect(await helper.grant(spec.iqn, spec.name, own)).toEqual(own);
    expect((await inquire(reachOf(spec, own))).serial).toBe(spec.serial);
    // Another initiator, even with the right words; and the right one with wrong words, or none.
    expect(await refused(spec, { ...own, initiator: accessOf('other').initiator })).toMatch(
      /514|Authorization/,
    );
    if (chap) {
      expect(await refused(spec, { ...own, chap: accessOf('wrong').chap })).toMatch(/513|Authentication/);
      expect(await refused(spec, { ...own, chap: null })).toMatch(/513|Authentication/);
    }

    const device = await attach(connectionOf(spec, own));
    expect(device.size).toBe(16 * MIB);
    const bytes = randomBytes(MIB);
    await using disk = await open(device.path, 'r+');
    await disk.write(bytes, 0, MIB, 3 * MIB);
    await disk.sync();
    await using behind = await open(path, 'r');
    const { buffer } = await behind.read(Buffer.alloc(MIB), 0, MIB, 3 * MIB);
    expect(buffer.equals(bytes)).toBe(true);
    await disk.close();

    await truncate(path, 24 * MIB);
    expect(await helper.resize(spec.iqn, spec.name)).toBe(24 * MIB);
    expect((await initiator.extend(device)).size).toBe(24 * MIB);
    expect((await helper.showTarget(spec.iqn))?.luns[0]?.size).toBe(24 * MIB);

    const busy = { code: 'VOLUME_IS_BUSY' };
    await expect(helper.revoke(spec.iqn, spec.name, own.initiator, { force: false })).rejects.toMatchObject(
      busy,
    );
    await expect(helper.removeTarget(spec.iqn, spec.name, { force: false })).rejects.toMatchObject(busy);
    expect((await helper.showTarget(spec.iqn))?.sessions).toHaveLength(1);
    await initiator.disconnect(device);

    // What refused to go lets its initiator in again, with the same credentials.
    expect((await inquire(reachOf(spec, own))).serial).toBe(spec.serial);
    await helper.revoke(spec.iqn, spec.name, own.initiator, { force: false });
    await refused(spec, own);
    await helper.revoke(spec.iqn, spec.name, own.initiator, { force: false });
    await helper.removeTarget(spec.iqn, spec.name, { force: false });
    await helper.removeTarget(spec.iqn, spec.name, { force: false });
    expect(await helper.showTarget(spec.iqn)).toBeUndefined();
  });
});

it('with force, a session ends with its right', async () => {
  const spec = specOf('forced', await file('forced'));
  const own = accessOf('own');
  await helper.ensureTarget({ ...spec, access: [own, accessOf('beta')] });
  const device = await attach(connectionOf(spec, own));
  await helper.revoke(spec.iqn, spec.name, own.initiator, { force: true });
  expect(await helper.showTarget(spec.iqn)).toMatchObject({
    sessions: [],
    initiators: [accessOf('beta').initiator],
  });
  await refused(spec, own);
  expect((await inquire(reachOf(spec, accessOf('beta')))).serial).toBe(spec.serial);
  await initiator.disconnect(device, { force: true }).catch(() => undefined);
  await helper.removeTarget(spec.iqn, spec.name, { force: false });
});

it('gives rights for each initiator: reading, and no CHAP beside CHAP', async () => {
  const spec = specOf('rights', await file('rights'));
  const own = accessOf('own', { readOnly: true });
  const open_ = accessOf('open', { chap: null });
  await helper.ensureTarget({ ...spec, access: [own, open_] });
  expect((await inquire(reachOf(spec, open_))).serial).toBe(spec.serial);
  await refused(spec, { ...own, chap: null });
  const device = await attach(connectionOf(spec, own));
  await using disk = await open(device.path, 'r');
  await disk.read(Buffer.alloc(4096), 0, 4096, 0);
  await disk.close();
  const { stdout } = await run('blockdev', ['--getro', device.path]);
  expect(stdout.trim()).toBe('1');
  await initiator.disconnect(device);
  // The right to write, with the same credentials.
  expect(
    await helper.grant(spec.iqn, spec.name, { ...accessOf('own'), chap: accessOf('other').chap }),
  ).toEqual({
    ...own,
    readOnly: false,
  });
  await helper.removeTarget(spec.iqn, spec.name, { force: false });
});

it('serves a block device, and grows with it', async () => {
  const path = await file('device');
  const device = (await run('losetup', ['--find', '--show', path])).stdout.trim();
  try {
    const spec = specOf('device', device);
    const own = accessOf('own');
    await helper.ensureTarget({ ...spec, access: [own] });
    const attached = await attach(connectionOf(spec, own));
    await truncate(path, 32 * MIB);
    await run('losetup', ['-c', device]);
    expect(await helper.resize(spec.iqn, spec.name)).toBe(32 * MIB);
    expect((await initiator.extend(attached)).size).toBe(32 * MIB);
    await initiator.disconnect(attached);
    // The kernel has the device to itself: a second export of it is refused, and leaves nothing.
    const second = specOf('device2', device);
    await expect(helper.ensureTarget(second)).rejects.toMatchObject({ code: 'TARGET_CREATE_FAILED' });
    expect((await lioObjects()).filter((each) => each.startsWith('iscsi'))).toHaveLength(1);
    await helper.removeTarget(spec.iqn, spec.name, { force: false });
  } finally {
    await run('losetup', ['-d', device]);
  }
});

it('brings a target with another device right, unless it is in use', async () => {
  const [one, two] = [await file('one'), await file('two')];
  const own = accessOf('own');
  const spec = specOf('moved', one);
  await helper.ensureTarget({ ...spec, access: [own] });
  expect(await helper.ensureTarget({ ...spec, path: two })).toMatchObject({
    luns: [{ path: two }],
    initiators: [own.initiator],
  });
  const device = await attach(connectionOf(spec, own));
  await expect(helper.ensureTarget(spec)).rejects.toMatchObject({ code: 'TARGET_CREATE_FAILED' });
  await initiator.disconnect(device);
  await helper.removeTarget(spec.iqn, spec.name, { force: false });
});

it('touches nothing of others, in the kernel and in the file', async () => {
  const foreign = `${CONFIGFS}/iscsi/iqn.2026-01.test.lab:foreign`;
  const backstore = `${CONFIGFS}/core/fileio_99/foreign`;
  const path = await file('foreign');
  await mkdir(backstore, { recursive: true });
  await writeFile(`${backstore}/control`, `fd_dev_name=${path},fd_dev_size=${16 * MIB}`);
  await writeFile(`${backstore}/enable`, '1');
  await mkdir(`${foreign}/tpgt_1/lun/lun_0`, { recursive: true });
  await symlink(backstore, `${foreign}/tpgt_1/lun/lun_0/port`);
  await run('targetctl', ['save']);
  try {
    const before = await lioTree();
    const savedBefore: unknown = JSON.parse(await saved());
    const spec = specOf('foreign', path);
    await expect(helper.ensureTarget(spec)).rejects.toMatchObject({ code: 'TARGET_CREATE_FAILED' });
    await expect(helper.grant(spec.iqn, spec.name, accessOf('own'))).rejects.toMatchObject({
      code: 'TARGET_NOT_FOUND',
    });
    await helper.revoke(spec.iqn, spec.name, null, { force: true });
    await helper.removeTarget(spec.iqn, spec.name, { force: true });
    const ours = specOf('ours', await file('ours'));
    await helper.ensureTarget(ours);
    await helper.removeTarget(ours.iqn, ours.name, { force: false });
    expect(await lioTree()).toEqual(before);
    expect(JSON.parse(await saved())).toEqual(savedBefore);
  } finally {
    await unlink(`${foreign}/tpgt_1/lun/lun_0/port`);
    for (const each of ['/tpgt_1/lun/lun_0', '/tpgt_1', '']) await rmdir(`${foreign}${each}`);
    await rmdir(backstore);
    await rmdir(`${CONFIGFS}/core/fileio_99`);
    await writeFile(SAVECONFIG, '{"storage_objects": [], "targets": []}');
  }
});

it('takes back what could not be made whole, and finds what a killed process left', async () => {
  const spec = specOf('half', await file('half'), ['127.0.0.1'], {
    portals: [{ address: '127.0.0.1', port: 3299 }],
  });
  const { createServer } = await import('node:net');
  const server = createServer().listen(3299, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  await expect(helper.ensureTarget(spec)).rejects.toMatchObject({ code: 'TARGET_CREATE_FAILED' });
  expect(await lioObjects()).toEqual([]);
  await new Promise((done) => server.close(done));
  await helper.ensureTarget(spec);
  const [object] = await helper.listOwned();
  expect(object).toMatchObject({ kind: 'target', name: spec.name, reference: spec.iqn });
  // As a process leaves it that is killed between two steps.
  const group = `${CONFIGFS}/iscsi/${spec.iqn}/tpgt_1`;
  await unlink(`${group}/lun/lun_0/scoria`);
  await rmdir(`${group}/lun/lun_0`);
  expect(await helper.listOwned()).toMatchObject([{ kind: 'target', name: spec.name }]);
  expect(await helper.ensureTarget(spec)).toMatchObject({ luns: [{ serial: spec.serial }] });
  await helper.removeTarget(spec.iqn, spec.name, { force: false });
});
