import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type InitiatorAccess, Secret, type TargetSpec } from '@scoria/driver-sdk';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { FakeTargetHelper } from '../src/index.ts';

const fails = (code: string) => expect.objectContaining({ code });
const access = (suffix: string): InitiatorAccess => ({
  initiator: `iqn.2020-01.x:${suffix}`,
  chap: { username: `user-${suffix}`, password: new Secret(`password-${suffix}`) },
  readOnly: false,
});

describe('FakeTargetHelper', () => {
  let helper: FakeTargetHelper;
  let spec: TargetSpec;
  beforeEach(() => {
    const directory = mkdtempSync(join(tmpdir(), 'scoria-fake-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    helper = new FakeTargetHelper();
    const path = join(directory, 'v1');
    writeFileSync(path, '');
    truncateSync(path, 4096);
    spec = { name: 'v1', iqn: 'iqn.2020-01.x:v1', lun: 0, path, serial: 's1', transport: 'iscsi' };
  });
  const credentials = (given: InitiatorAccess) =>
    given.chap && { username: given.chap.username, password: given.chap.password.reveal() };

  it('makes a target once, and keeps its access', async () => {
    const first = await helper.ensureTarget(spec);
    expect(first).toMatchObject({ tid: 1, luns: [{ lun: 0, serial: 's1', size: 4096 }], initiators: [] });
    const given = await helper.grant(spec.iqn, spec.name, access('a'));
    expect(await helper.grant(spec.iqn, spec.name, { ...access('a'), chap: null })).toEqual(given);
    expect(await helper.ensureTarget(spec)).toMatchObject({ tid: 1, initiators: [access('a').initiator] });
    expect(await helper.ensureTarget({ ...spec, access: [] })).toMatchObject({
      initiators: [],
      accounts: [],
    });
    const missing = await helper.ensureTargets([
      spec,
      { ...spec, iqn: 'iqn.2020-01.x:v2', path: '/nowhere' },
    ]);
    expect(missing.map((each) => each.status)).toEqual(['fulfilled', 'rejected']);
  });

  it('lets in whom a real target would let in', async () => {
    await helper.ensureTarget(spec);
    const given = await helper.grant(spec.iqn, spec.name, access('a'));
    expect(() => helper.login(spec.iqn, access('b').initiator, null)).toThrow(fails('TARGET_NOT_FOUND'));
    expect(() => helper.login(spec.iqn, given.initiator, null)).toThrow(fails('TARGET_ATTACH_FAILED'));
    helper.login(spec.iqn, given.initiator, credentials(given));
    expect((await helper.showTarget(spec.iqn))?.sessions).toHaveLength(1);
  });

  it('guards a target in use, unless forced', async () => {
    await helper.ensureTarget(spec);
    const given = await helper.grant(spec.iqn, spec.name, access('a'));
    helper.login(spec.iqn, given.initiator, credentials(given));
    await expect(helper.removeTarget(spec.iqn, spec.name, { force: false })).rejects.toEqual(
      fails('VOLUME_IS_BUSY'),
    );
    await expect(helper.revoke(spec.iqn, spec.name, given.initiator, { force: false })).rejects.toEqual(
      fails('VOLUME_IS_BUSY'),
    );
    await expect(helper.ensureTarget({ ...spec, serial: 'other' })).rejects.toEqual(
      fails('TARGET_CREATE_FAILED'),
    );
    await helper.revoke(spec.iqn, spec.name, 'iqn.2020-01.x:b', { force: false });
    await helper.revoke(spec.iqn, spec.name, given.initiator, { force: true });
    expect(await helper.showTarget(spec.iqn)).toMatchObject({ sessions: [], initiators: [], accounts: [] });
    helper.logout(spec.iqn, given.initiator);
    await helper.removeTarget(spec.iqn, spec.name, { force: false });
    await helper.removeTarget(spec.iqn, spec.name, { force: false });
    expect(await helper.showTarget(spec.iqn)).toBeUndefined();
  });

  it('gives an account name to one attachment only', async () => {
    const other = { ...spec, name: 'v2', iqn: 'iqn.2020-01.x:v2' };
    await helper.ensureTargets([spec, other]);
    await helper.grant(spec.iqn, spec.name, access('a'));
    const second = await helper.grant(other.iqn, other.name, access('a'));
    expect(second.chap?.username).not.toBe('user-a');
    expect(second.chap?.password.reveal()).toBe('password-a');
  });

  it('shows a grown file after a resize, and lists what it has', async () => {
    await helper.ensureTarget(spec);
    await helper.grant(spec.iqn, spec.name, { ...access('a'), chap: null });
    helper.login(spec.iqn, access('a').initiator, null);
    truncateSync(spec.path, 8192);
    expect((await helper.showTarget(spec.iqn))?.luns[0]?.size).toBe(4096);
    expect(await helper.resize(spec.iqn)).toBe(8192);
    expect((await helper.listOwned()).map((each) => each.kind)).toEqual(['target', 'access', 'session']);
    await expect(helper.resize('iqn.2020-01.x:none')).rejects.toEqual(fails('TARGET_NOT_FOUND'));
  });

  it('tells a daemon that is down from one that has nothing', async () => {
    await helper.ensureTarget(spec);
    helper.setDaemon('down');
    expect(await helper.probe()).toMatchObject({ state: 'absent' });
    await expect(helper.showTarget(spec.iqn)).rejects.toEqual(fails('BACKEND_UNAVAILABLE'));
    await expect(helper.removeTarget(spec.iqn, spec.name, { force: true })).rejects.toEqual(
      fails('BACKEND_UNAVAILABLE'),
    );
    helper.setDaemon('up');
    expect(await helper.showTarget(spec.iqn)).toBeDefined();
    helper.setDaemon('crashed');
    helper.setDaemon('up');
    expect(await helper.showTarget(spec.iqn)).toBeUndefined();
    expect(helper.defaultLun).toBe(0);
    expect(new FakeTargetHelper({ defaultLun: 1 }).defaultLun).toBe(1);
    await helper.close();
  });
});
