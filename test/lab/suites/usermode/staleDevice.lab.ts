import { mkdir, readdir, readFile, rm, rmdir, symlink, unlink } from 'node:fs/promises';
import { type AttachedDevice, OpenIscsiConnector } from '@scoria/initiator';
import type { LioHelper } from '@scoria/target-helper-lioadm';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { lioObjects } from '../../support/configfsTree.ts';
import { readBytes, writeBytes } from '../../support/deviceIo.ts';
import { describeHost, expectNothingAttached, startInitiator } from '../../support/initiatorHost.ts';
import { accessOf, connectionOf, INITIATOR, makeFile, openLio, specOf } from '../../support/lio.ts';

const MIB = 1024 * 1024;
const CONFIGFS = '/sys/kernel/config/target';
const initiator = new OpenIscsiConnector();
let host: AsyncDisposable;
let helper: LioHelper;
const files: string[] = [];

beforeAll(async () => {
  host = await startInitiator();
  helper = await openLio({}, '/tmp/lio-stale');
  expect(await helper.probe()).toMatchObject({ state: 'ready' });
});
afterAll(async () => {
  for (const path of files) await rm(path, { force: true });
  await helper.close();
  await host[Symbol.asyncDispose]();
});

/** Puts another backstore behind a LUN, under the session that has it: what a careless array does with a number that is free again. */
async function putBehind(iqn: string, backstore: string): Promise<void> {
  const group = `${CONFIGFS}/iscsi/${iqn}/tpgt_1`;
  const mapped = `${group}/acls/${INITIATOR}/lun_0`;
  for (const path of [mapped, `${group}/lun/lun_0`]) {
    for (const each of await readdir(path, { withFileTypes: true }))
      if (each.isSymbolicLink()) await unlink(`${path}/${each.name}`);
    await rmdir(path);
  }
  await mkdir(`${group}/lun/lun_0`);
  await symlink(backstore, `${group}/lun/lun_0/scoria`);
  await mkdir(mapped);
  await symlink(`${group}/lun/lun_0`, `${mapped}/scoria`);
}

/** The backstore whose serial that is. */
async function backstoreOf(serial: string): Promise<string> {
  for (const adapter of await readdir(`${CONFIGFS}/core`)) {
    if (!adapter.startsWith('fileio_')) continue;
    for (const name of await readdir(`${CONFIGFS}/core/${adapter}`)) {
      const path = `${CONFIGFS}/core/${adapter}/${name}`;
      const text = await readFile(`${path}/wwn/vpd_unit_serial`, 'utf8').catch(() => '');
      if (text.trim().endsWith(serial)) return path;
    }
  }
  throw new Error(`no backstore has the serial ${serial}`);
}

it('refuses a device whose LUN number now shows another volume: to extend, to detach, and to attach as that other', async () => {
  onTestFailed(async () => console.log(await describeHost()));
  const specs = [];
  for (const name of ['stale-a', 'stale-b']) {
    const path = await makeFile(name, 8 * MIB);
    files.push(path);
    specs.push(specOf(name, path));
  }
  const [a, b] = specs;
  if (a === undefined || b === undefined) throw new Error('there are two');
  const own = accessOf('own');
  for (const spec of specs) await helper.ensureTarget({ ...spec, access: [own] });
  const [ofA, ofB] = [await backstoreOf(a.serial), await backstoreOf(b.serial)];
  await writeBytes(b.path, 0, Buffer.alloc(512, 9));
  const device: AttachedDevice = await initiator.connect(connectionOf(a, own));
  await putBehind(a.iqn, ofB);
  const another = { code: 'DEVICE_UNAVAILABLE', message: expect.stringContaining('another volume') };
  await expect(initiator.extend(device)).rejects.toMatchObject(another);
  await expect(initiator.disconnect(device)).rejects.toMatchObject(another);
  await expect(initiator.disconnect(device, { force: true })).rejects.toMatchObject({
    ...another,
    leftBehind: [device.path],
  });
  await expect(initiator.connect(connectionOf(a, own))).rejects.toMatchObject(another);
  // As the volume that it is now: the number is not free on this host before the first has gone.
  const asB = { ...connectionOf(a, own), identity: connectionOf(b, own).identity };
  await expect(initiator.connect(asB as never)).rejects.toMatchObject({
    code: 'DEVICE_UNAVAILABLE',
    message: expect.stringContaining('detach that first'),
  });
  expect([...new Set(await readBytes(b.path, 0, 512))]).toEqual([9]);
  await putBehind(a.iqn, ofA);
  expect(await initiator.extend(device)).toMatchObject({ path: device.path });
  expect(await initiator.disconnect(device)).toMatchObject({ wasAttached: true, flushed: true });
  await expectNothingAttached();
  for (const spec of specs) await helper.removeTarget(spec.iqn, spec.name, { force: true });
  expect(await lioObjects()).toEqual([]);
});
