import { readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { accessOf, IQN, MIB, specOf, stage, wordsOf } from './fixtures/stage.ts';

const gently = { force: false };
const force = { force: true };
const busy = expect.objectContaining({ code: 'VOLUME_IS_BUSY' });

describe('a target', () => {
  it('is made closed, once, and is gone without a trace', async () => {
    const { iet, helper, file } = await stage();
    const ietadm = await helper();
    const [path, a] = [await file('v'), accessOf('a')];
    const spec = specOf('v', path);
    const made = await ietadm.ensureTarget(spec);
    expect(made).toEqual({
      iqn: spec.iqn,
      tid: 1,
      luns: [{ lun: 0, path, serial: spec.serial, size: MIB }],
      initiators: [],
      accounts: [],
      sessions: [],
    });
    expect(await ietadm.ensureTarget(spec)).toEqual(made);
    expect(await ietadm.showTarget(spec.iqn)).toEqual(made);
    expect(iet.login(spec.iqn, a.initiator, null)).toBeNull();
    expect((await stat(iet.conf)).mode & 0o777).toBe(0o600);
    expect((await iet.state()).targets).toMatchObject([
      { luns: [{ serial: spec.serial, mode: 'wb', type: 'fileio' }] },
    ]);
    await ietadm.removeTarget(spec.iqn, spec.name, gently);
    await ietadm.removeTarget(spec.iqn, spec.name, gently);
    expect(await iet.state()).toMatchObject({ targets: [], accounts: [] });
    expect(await readFile(iet.conf, 'utf8')).toBe('');
    expect(await readFile(iet.allow, 'utf8')).toBe('ALL ALL\n');
    expect(await ietadm.showTarget(spec.iqn)).toBeUndefined();
  });

  it('needs a backing file, a short serial and a free id; what fails leaves nothing', async () => {
    const { iet, helper, file, directory } = await stage();
    const ietadm = await helper({ iscsi_num_targets: 2 });
    const refused = (spec: ReturnType<typeof specOf>, code: string) =>
      expect(ietadm.ensureTarget(spec)).rejects.toMatchObject({ code });
    await refused(specOf('v', `${directory}/absent`), 'NOT_FOUND');
    await refused(specOf('v', '/dev/null'), 'INVALID_ARGUMENT');
    await refused(specOf('v', await file('v'), { serial: 'x'.repeat(17) }), 'INVALID_ARGUMENT');
    await refused(specOf('v', await file('a,b')), 'INVALID_ARGUMENT');
    await refused(specOf('v', await file('v'), { transport: 'iser' }), 'INVALID_ARGUMENT');
    expect(await iet.state()).toMatchObject({ targets: [], accounts: [] });
    await ietadm.ensureTarget(specOf('one', await file('one')));
    await ietadm.ensureTarget(specOf('two', await file('two')));
    await refused(specOf('three', await file('three')), 'NO_MORE_TARGETS');
    expect(await ietadm.listOwned()).toHaveLength(2);
    // An id is free when its target is gone, not when its volume's record is (targets.md §1.0).
    await ietadm.removeTarget(`${IQN}one`, 'one', gently);
    expect(await ietadm.ensureTarget(specOf('three', await file('three')))).toMatchObject({ tid: 1 });
  });

  it('is served by blockio only where there is a block device', async () => {
    const { helper, file } = await stage();
    const path = await file('v');
    await expect(
      (await helper({ iscsi_iotype: 'blockio' })).ensureTarget(specOf('v', path)),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await (await helper({ iscsi_iotype: 'auto', iscsi_write_cache: 'off' })).ensureTarget(specOf('v', path));
  });

  it('of many that are made at once has an id of its own', async () => {
    const { iet, helper, file } = await stage();
    const [one, two] = [await helper({}, 'one'), await helper({}, 'two')];
    const path = await file('many');
    const specs = Array.from({ length: 8 }, (_, index) => specOf(`many-${index}`, path));
    await Promise.all(specs.map((spec, index) => (index % 2 === 0 ? one : two).ensureTarget(spec)));
    expect(new Set((await iet.state()).targets.map(({ tid }) => tid)).size).toBe(8);
    expect(await one.listOwned()).toHaveLength(4);
    await Promise.all(specs.map(({ iqn, name }) => one.removeTarget(iqn, name, gently)));
    expect((await iet.state()).targets).toHaveLength(4);
  }, 60_000);

  it('of somebody else is not touched', async () => {
    const { iet, helper, file } = await stage();
    const path = await file('v');
    const foreign = `Target ${IQN}v\n\tLun 0 Path=${path},Type=fileio\nTarget ${IQN}v1\n\tLun 0 Path=${path}\n`;
    await writeFile(iet.conf, foreign);
    iet.restart();
    const [one, two] = [await helper({}, 'one'), await helper({}, 'two')];
    await expect(one.ensureTarget(specOf('v', path))).rejects.toMatchObject({ code: 'TARGET_CREATE_FAILED' });
    await one.removeTarget(`${IQN}v`, 'v', force);
    await one.revoke(`${IQN}v`, 'v', null, force);
    await expect(one.grant(`${IQN}v`, 'v', accessOf('a'))).rejects.toMatchObject({
      code: 'TARGET_NOT_FOUND',
    });
    expect(await readFile(iet.conf, 'utf8')).toBe(foreign);
    expect((await iet.state()).targets).toHaveLength(2);
    const ours = specOf('ours', path);
    await one.ensureTarget(ours);
    await two.removeTarget(ours.iqn, ours.name, force);
    expect(await two.listOwned()).toEqual([]);
    expect(await one.listOwned()).toMatchObject([{ kind: 'target', name: 'ours', intact: true }]);
    await one.removeTarget(ours.iqn, ours.name, gently);
    expect((await readFile(iet.conf, 'utf8')).trimEnd()).toBe(foreign.trimEnd());
  });

  it('is brought right: device, access, and what was undone by hand; not under a session', async () => {
    const { iet, helper, file } = await stage();
    const ietadm = await helper();
    const [a, b] = [accessOf('a'), accessOf('b')];
    const spec = specOf('v', await file('one'), { access: [a, b] });
    await ietadm.ensureTarget(spec);
    await writeFile(iet.allow, 'ALL ALL\n');
    expect(await ietadm.listOwned()).toMatchObject([{ intact: false }, {}, {}]);
    const moved = { ...spec, path: await file('two', 2 * MIB), access: undefined };
    expect(await ietadm.ensureTarget(moved)).toMatchObject({
      luns: [{ path: moved.path, size: 2 * MIB }],
      initiators: [a.initiator, b.initiator],
    });
    expect(iet.login(spec.iqn, accessOf('c').initiator, wordsOf(a))).toBeNull();
    expect(iet.login(spec.iqn, a.initiator, wordsOf(a))).not.toBeNull();
    await expect(ietadm.ensureTarget(spec)).rejects.toMatchObject({ code: 'TARGET_CREATE_FAILED' });
    expect(await ietadm.ensureTarget({ ...moved, access: [a] })).toMatchObject({
      initiators: [a.initiator],
      accounts: ['user-a'],
      sessions: [{ initiator: a.initiator, address: '192.0.2.7' }],
    });
    expect((await iet.state()).accounts).toHaveLength(1);
  });

  it('comes back when ietd starts again, by its own configuration, and by the next request where it does not', async () => {
    const { iet, helper, file } = await stage();
    const ietadm = await helper();
    const a = accessOf('a');
    const spec = specOf('v', await file('v'), { access: [a] });
    await ietadm.ensureTarget(spec);
    iet.restart();
    expect(await ietadm.listOwned()).toMatchObject([{ intact: true }, {}]);
    expect(iet.login(spec.iqn, a.initiator, null)).toBeNull();
    expect(iet.login(spec.iqn, a.initiator, wordsOf(a))).not.toBeNull();
    // Without its configuration: as after a start with another file.
    const conf = await readFile(iet.conf, 'utf8');
    await rm(iet.conf);
    iet.restart();
    await writeFile(iet.conf, conf);
    expect(await ietadm.listOwned()).toMatchObject([{ detail: { present: 'no' }, intact: false }]);
    await ietadm.ensureTarget({ ...spec, access: undefined });
    expect(iet.login(spec.iqn, a.initiator, wordsOf(a))).not.toBeNull();
    expect(iet.login(spec.iqn, a.initiator, null)).toBeNull();
  });
});

describe('grant and revoke', () => {
  it('lets in exactly who has access, with its own words, and keeps them', async () => {
    const { iet, helper, file } = await stage();
    const ietadm = await helper();
    const a = accessOf('a');
    const spec = specOf('v', await file('v'));
    await ietadm.ensureTarget(spec);
    expect(await ietadm.grant(spec.iqn, spec.name, a)).toEqual(a);
    const again = await ietadm.grant(spec.iqn, spec.name, { ...accessOf('b'), initiator: a.initiator });
    expect(wordsOf(again)).toEqual(wordsOf(a));
    expect((await iet.state()).accounts).toHaveLength(1);
    for (const chap of [null, wordsOf(accessOf('b')), { username: 'user-a', password: 'wrong' }])
      expect(iet.login(spec.iqn, a.initiator, chap)).toBeNull();
    // A dot in a name is a dot.
    for (const name of [
      'iqn.1993-08.org.debian:01:ab',
      'iqn.1993-08xorg.debian:01:a',
      accessOf('b').initiator,
    ])
      expect(iet.login(spec.iqn, name, wordsOf(a))).toBeNull();
    expect(iet.login(spec.iqn, a.initiator, wordsOf(a))).not.toBeNull();
  });

  it('does without CHAP unless told: by names alone', async () => {
    const { iet, helper, file } = await stage();
    const ietadm = await helper({ iet_chap: false });
    const a = accessOf('a');
    const spec = specOf('v', await file('v'), { access: [accessOf('b')] });
    expect(await ietadm.ensureTarget(spec)).toMatchObject({ accounts: [] });
    expect(await ietadm.grant(spec.iqn, spec.name, a)).toEqual({ ...a, chap: null });
    expect((await iet.state()).accounts).toEqual([]);
    expect(await readFile(iet.conf, 'utf8')).not.toContain('password');
    expect(iet.login(spec.iqn, accessOf('c').initiator, null)).toBeNull();
    expect(iet.login(spec.iqn, a.initiator, null)).not.toBeNull();
  });

  it('revokes one, not the others; a session only with force; then nobody gets in', async () => {
    const { iet, helper, file } = await stage();
    const ietadm = await helper();
    const [a, b] = [accessOf('a'), accessOf('b')];
    const spec = specOf('v', await file('v'), { access: [a, b] });
    await ietadm.ensureTarget(spec);
    for (const each of [a, b]) iet.login(spec.iqn, each.initiator, wordsOf(each));
    await expect(ietadm.revoke(spec.iqn, spec.name, a.initiator, gently)).rejects.toEqual(busy);
    await expect(ietadm.removeTarget(spec.iqn, spec.name, gently)).rejects.toEqual(busy);
    // Who was locked out for a moment is let in again.
    expect(iet.login(spec.iqn, a.initiator, wordsOf(a))).not.toBeNull();
    await ietadm.revoke(spec.iqn, spec.name, a.initiator, force);
    expect(iet.login(spec.iqn, a.initiator, wordsOf(a))).toBeNull();
    expect(await ietadm.showTarget(spec.iqn)).toMatchObject({
      initiators: [b.initiator],
      accounts: ['user-b'],
      sessions: [{ initiator: b.initiator }],
    });
    await ietadm.revoke(spec.iqn, spec.name, null, force);
    expect(iet.login(spec.iqn, b.initiator, wordsOf(b))).toBeNull();
    expect((await iet.state()).accounts).toEqual([]);
    await ietadm.revoke(spec.iqn, spec.name, null, gently);
    await ietadm.removeTarget(spec.iqn, spec.name, gently);
    expect(await ietadm.listOwned()).toEqual([]);
  }, 30_000);

  it('removes the accounts with the target: the next one of its id would have them', async () => {
    const { iet, helper, file } = await stage();
    const ietadm = await helper();
    const a = accessOf('a');
    await ietadm.ensureTarget(specOf('v', await file('v'), { access: [a] }));
    await ietadm.removeTarget(`${IQN}v`, 'v', gently);
    const next = specOf('w', await file('w'));
    expect(await ietadm.ensureTarget(next)).toMatchObject({ tid: 1 });
    await ietadm.grant(next.iqn, next.name, accessOf('b'));
    expect(iet.login(next.iqn, accessOf('b').initiator, wordsOf(a))).toBeNull();
  });

  it('gives all a right, or none: read-only is the LUN’s', async () => {
    const { iet, helper, file } = await stage();
    const ietadm = await helper();
    const spec = specOf('v', await file('v'));
    await ietadm.ensureTarget(spec);
    const mode = async () => (await iet.state()).targets[0]?.luns[0]?.mode;
    await ietadm.grant(spec.iqn, spec.name, accessOf('a', { readOnly: true }));
    expect(await mode()).toBe('ro');
    const refused = { code: 'TARGET_ATTACH_FAILED' };
    await expect(ietadm.grant(spec.iqn, spec.name, accessOf('b'))).rejects.toMatchObject(refused);
    await expect(ietadm.grant(spec.iqn, spec.name, accessOf('b', { readOnly: true, chap: null })))
      .resolves.toMatchObject({ readOnly: true })
      .catch(() => undefined);
    await ietadm.revoke(spec.iqn, spec.name, null, gently);
    expect(await mode()).toBe('wb');
    await ietadm.grant(spec.iqn, spec.name, accessOf('b'));
    expect(await mode()).toBe('wb');
  });

  it('knows no target that is not there', async () => {
    const { helper } = await stage();
    const ietadm = await helper();
    await expect(ietadm.grant(`${IQN}x`, 'x', accessOf('a'))).rejects.toMatchObject({
      code: 'TARGET_NOT_FOUND',
    });
    await expect(ietadm.resize(`${IQN}x`)).rejects.toMatchObject({ code: 'TARGET_NOT_FOUND' });
    await ietadm.revoke(`${IQN}x`, 'x', null, gently);
    await ietadm.removeTarget(`${IQN}x`, 'x', gently);
  });
});

describe('resize', () => {
  it('shows the new size; whoever is in has to come back, and may', async () => {
    const { iet, helper, file } = await stage();
    const ietadm = await helper();
    const a = accessOf('a');
    const spec = specOf('v', await file('v'), { access: [a] });
    await ietadm.ensureTarget(spec);
    iet.login(spec.iqn, a.initiator, wordsOf(a));
    await truncate(spec.path, 3 * MIB);
    expect((await ietadm.showTarget(spec.iqn))?.luns[0]?.size).toBe(MIB);
    expect(await ietadm.resize(spec.iqn)).toBe(3 * MIB);
    expect(await ietadm.showTarget(spec.iqn)).toMatchObject({ luns: [{ size: 3 * MIB }], sessions: [] });
    expect(iet.login(spec.iqn, a.initiator, wordsOf(a))).not.toBeNull();
    expect(await ietadm.resize(spec.iqn)).toBe(3 * MIB);
    expect((await ietadm.showTarget(spec.iqn))?.sessions).toHaveLength(1);
  });
});

describe('what cannot be told', () => {
  it('is no absence: without ietd, or without the kernel module (D27)', async () => {
    const { iet, helper, file } = await stage();
    const ietadm = await helper();
    const spec = specOf('v', await file('v'), { access: [accessOf('a')] });
    await ietadm.ensureTarget(spec);
    expect(await ietadm.probe()).toEqual({ state: 'ready', reason: '' });
    const unavailable = { code: 'BACKEND_UNAVAILABLE' };
    iet.stop();
    await expect(ietadm.removeTarget(spec.iqn, spec.name, force)).rejects.toMatchObject(unavailable);
    iet.restart();
    await iet.setModule(false);
    expect(await ietadm.probe()).toMatchObject({
      state: 'absent',
      reason: expect.stringContaining('iscsi_trgt'),
    });
    await expect(ietadm.removeTarget(spec.iqn, spec.name, force)).rejects.toMatchObject(unavailable);
    await expect(ietadm.showTarget(spec.iqn)).rejects.toMatchObject(unavailable);
    await expect(ietadm.listOwned()).rejects.toMatchObject(unavailable);
    await iet.setModule(true);
    expect(await ietadm.listOwned()).toHaveLength(2);
  });

  it('is said without any secret', async () => {
    const { iet, helper, file } = await stage();
    const ietadm = await helper();
    const spec = specOf('v', await file('v'));
    await ietadm.ensureTarget(spec);
    iet.stop();
    const error = await ietadm.grant(spec.iqn, spec.name, accessOf('a')).catch((each: unknown) => each);
    const text = JSON.stringify([
      error,
      String(error),
      error instanceof Error ? [error.stack, String(error.cause), JSON.stringify(error.cause)] : '',
    ]);
    expect(text).toContain('ietd does not answer');
    expect(text).not.toContain('password-of-a');
    expect(await readFile(iet.conf, 'utf8')).not.toContain('password-of-a');
  });

  it('says that the program is missing', async () => {
    const { helper } = await stage();
    expect(await (await helper({ ietadm_program: '/nowhere/ietadm' })).probe()).toMatchObject({
      state: 'absent',
      reason: expect.stringContaining('not installed'),
    });
  });
});
