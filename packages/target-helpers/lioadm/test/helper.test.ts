import { rename, rm, stat, truncate } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { accessOf, IQN, MIB, specOf, stage, wordsOf } from './fixtures/stage.ts';

const force = { force: true };
const gently = { force: false };

describe('ensureTarget', () => {
  it('makes a closed target: serial before anybody can see it, enabled last', async () => {
    const { kernel, helper, file } = await stage();
    const lio = await helper();
    const spec = specOf('volume-1', await file('one'), {
      portals: [
        { address: '192.0.2.1', port: 3260 },
        { address: '2001:db8::1', port: 3261 },
      ],
    });
    const state = await lio.ensureTarget(spec);
    expect(state).toEqual({
      iqn: spec.iqn,
      tid: 1,
      luns: [{ lun: 0, path: spec.path, serial: spec.serial, size: MIB }],
      initiators: [],
      accounts: [],
      sessions: [],
    });
    const group = `iscsi/${spec.iqn}/tpgt_1`;
    expect((await kernel.list(`${group}/np`)).map(({ name }) => name)).toEqual([
      '192.0.2.1:3260',
      '[2001:db8::1]:3261',
    ]);
    expect(await kernel.read(`${group}/attrib/demo_mode_discovery`)).toBe('0');
    const order = kernel.written.map(({ path }) => path);
    expect(order.findIndex((path) => path.endsWith('vpd_unit_serial'))).toBeLessThan(
      order.findIndex((path) => path.startsWith('core/') && path.endsWith('/enable')),
    );
    expect(order.at(-1)).toBe(`${group}/enable`);
    expect(await lio.ensureTarget(spec)).toEqual(state);
    expect(kernel.written.map(({ path }) => path)).toEqual(order);
  });

  it('listens for iSER where it is asked for', async () => {
    const { kernel, helper, file } = await stage();
    const spec = specOf('v', await file('v'), { transport: 'iser' });
    await (await helper()).ensureTarget(spec);
    expect(await kernel.read(`iscsi/${spec.iqn}/tpgt_1/np/192.0.2.1:3260/iser`)).toBe('1');
  });

  it('takes its portals from the options when it is not told any', async () => {
    const { kernel, helper, file } = await stage();
    const spec = specOf('v', await file('v'), { portals: undefined });
    const lio = await helper('state', {
      iscsi_ip_address: '[::1]',
      iscsi_secondary_ip_addresses: ['192.0.2.9'],
      iscsi_port: 3300,
    });
    await lio.ensureTarget(spec);
    expect((await kernel.list(`iscsi/${spec.iqn}/tpgt_1/np`)).map(({ name }) => name)).toEqual([
      '192.0.2.9:3300',
      '[::1]:3300',
    ]);
  });

  it.each(['name', '192.0.2.1,fd_dev_size=1'])('refuses "%s" as an address', async (address) => {
    const { helper, file } = await stage();
    const spec = specOf('v', await file('v'), { portals: [{ address, port: 3260 }] });
    await expect((await helper()).ensureTarget(spec)).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
    });
  });

  it('has a write cache and returns blocks as the options say', async () => {
    const { kernel, helper, file } = await stage();
    const path = await file('v');
    await (await helper()).ensureTarget(specOf('on', path));
    const off = await helper('other', { iscsi_write_cache: 'off', lio_thin_provisioning: false });
    await off.ensureTarget(specOf('off', path));
    const valuesOf = async (name: string) => {
      const adapters = (await kernel.list('core')).map((each) => `core/${each.name}`);
      for (const adapter of adapters)
        for (const each of await kernel.list(adapter))
          if (each.name.endsWith(`.${name}`))
            return Promise.all(
              ['emulate_write_cache', 'emulate_tpu'].map((attribute) =>
                kernel.read(`${adapter}/${each.name}/attrib/${attribute}`),
              ),
            );
      return null;
    };
    expect(await valuesOf('on')).toEqual(['1', '1']);
    expect(await valuesOf('off')).toEqual(['0', '0']);
  });

  it('needs a backing file, and makes none', async () => {
    const { kernel, helper, directory } = await stage();
    const lio = await helper();
    const path = `${directory}/absent.img`;
    await expect(lio.ensureTarget(specOf('v', path))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(lio.ensureTarget(specOf('v', '/dev/null'))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(lio.ensureTarget(specOf('v', `${directory}/a,fd_dev_size=9`))).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(stat(path)).rejects.toThrow();
    expect((await kernel.list('iscsi')).filter(({ name }) => name.startsWith('iqn.'))).toEqual([]);
  });

  it.each([
    /core\/fileio_\d+$/,
    /core\/.*\/control$/,
    /core\/.*\/enable$/,
    /vpd_unit_serial$/,
    /iqn\.[^/]+$/,
    /tpgt_1$/,
    /attrib\/cache_dynamic_acls$/,
    /lun\/lun_0$/,
    /lun\/lun_0\/scoria$/,
    /acls\/[^/]+$/,
    /acls\/.*\/lun_0$/,
    /auth\/password$/,
    /np\//,
    /tpgt_1\/enable$/,
  ])('takes everything back when %s is refused', async (pattern) => {
    const { kernel, helper, file, saveconfig } = await stage();
    const lio = await helper();
    const spec = specOf('v', await file('v'), { access: [accessOf('a')] });
    kernel.refuse(pattern, 'EINVAL');
    await expect(lio.ensureTarget(spec)).rejects.toMatchObject({ code: 'TARGET_CREATE_FAILED' });
    const left = await kernel.list('core');
    expect(left.map(({ name }) => name)).toEqual(['alua']);
    expect((await kernel.list('iscsi')).filter(({ name }) => name.startsWith('iqn.'))).toEqual([]);
    await expect(stat(saveconfig)).rejects.toThrow();
  });

  it('brings a target right: device, access, portals, attributes', async () => {
    const { kernel, helper, file } = await stage();
    const lio = await helper();
    const spec = specOf('v', await file('one'), { access: [accessOf('a'), accessOf('b')] });
    await lio.ensureTarget(spec);
    await kernel.write(`iscsi/${spec.iqn}/tpgt_1/attrib/generate_node_acls`, '1');
    await kernel.write(`iscsi/${spec.iqn}/tpgt_1/enable`, '0');
    const moved = {
      ...spec,
      path: await file('two'),
      portals: [{ address: '192.0.2.2', port: 3260 }],
      access: undefined,
    };
    expect(await lio.ensureTarget(moved)).toMatchObject({
      luns: [{ path: moved.path }],
      initiators: [accessOf('a').initiator, accessOf('b').initiator],
      accounts: ['user-a', 'user-b'],
    });
    expect(await lio.ensureTarget({ ...moved, access: [accessOf('b', { readOnly: true })] })).toMatchObject({
      accounts: ['user-b'],
    });
    const group = `iscsi/${spec.iqn}/tpgt_1`;
    expect(await kernel.read(`${group}/acls/${accessOf('b').initiator}/lun_0/write_protect`)).toBe('1');
    expect((await kernel.list(`${group}/np`)).map(({ name }) => name)).toEqual(['192.0.2.2:3260']);
    expect(await kernel.read(`${group}/attrib/generate_node_acls`)).toBe('0');
    expect(await kernel.read(`${group}/enable`)).toBe('1');
  });

  it('does not move a target that is in use, and does not cut its sessions off from a portal', async () => {
    const { kernel, helper, file } = await stage();
    const lio = await helper();
    const a = accessOf('a');
    const spec = specOf('v', await file('one'), { access: [a] });
    await lio.ensureTarget(spec);
    expect(await kernel.login(spec.iqn, a.initiator, wordsOf(a))).toBe(true);
    await expect(lio.ensureTarget({ ...spec, path: await file('two') })).rejects.toMatchObject({
      code: 'TARGET_CREATE_FAILED',
    });
    await lio.ensureTarget({ ...spec, portals: [{ address: '192.0.2.2', port: 3260 }] });
    expect(await kernel.list(`iscsi/${spec.iqn}/tpgt_1/np`)).toHaveLength(2);
    expect((await lio.showTarget(spec.iqn))?.sessions).toEqual([
      { initiator: a.initiator, address: '192.0.2.7' },
    ]);
  });

  it('authorises beforehand whom the options name, with credentials that hold', async () => {
    const { kernel, helper, file } = await stage();
    const { initiator } = accessOf('early');
    const lio = await helper('state', { lio_initiator_iqns: [initiator] });
    const spec = specOf('v', await file('v'));
    expect(await lio.ensureTarget(spec)).toMatchObject({ initiators: [initiator] });
    expect(await kernel.login(spec.iqn, initiator, null)).toBe(false);
    const given = await lio.grant(spec.iqn, spec.name, accessOf('early'));
    expect(given.chap?.password.reveal()).not.toBe(accessOf('early').chap?.password.reveal());
    expect(await kernel.login(spec.iqn, initiator, wordsOf(given))).toBe(true);
    await lio.revoke(spec.iqn, spec.name, initiator, force);
    // What was revoked is not authorised again behind everybody's back.
    expect(await lio.ensureTarget(spec)).toMatchObject({ initiators: [] });
  });
});

describe('grant and revoke', () => {
  it('keeps the credentials of whoever has access, and changes the right', async () => {
    const { kernel, helper, file } = await stage();
    const lio = await helper();
    const spec = specOf('v', await file('v'));
    await lio.ensureTarget(spec);
    const first = await lio.grant(spec.iqn, spec.name, accessOf('a'));
    const again = await lio.grant(spec.iqn, spec.name, {
      ...accessOf('b'),
      initiator: first.initiator,
      readOnly: true,
    });
    expect(wordsOf(again)).toEqual(wordsOf(first));
    expect(await kernel.read(`iscsi/${spec.iqn}/tpgt_1/acls/${first.initiator}/lun_0/write_protect`)).toBe(
      '1',
    );
    // Names are compared without regard to case (RFC 3720).
    await lio.grant(spec.iqn, spec.name, {
      ...accessOf('a'),
      initiator: first.initiator.toUpperCase().replace('IQN', 'iqn'),
    });
    expect((await lio.showTarget(spec.iqn))?.initiators).toHaveLength(1);
  });

  it('gives the LUN and its right before the credentials', async () => {
    const { kernel, helper, file } = await stage();
    const lio = await helper();
    const spec = specOf('v', await file('v'));
    await lio.ensureTarget(spec);
    const before = kernel.written.length;
    await lio.grant(spec.iqn, spec.name, accessOf('a', { readOnly: true }));
    expect(kernel.written.slice(before).map(({ path }) => path.split('/').at(-1))).toEqual([
      'write_protect',
      'userid',
      'password',
    ]);
  });

  it('revokes one, not the others; a session only with force; and then nobody gets in', async () => {
    const { kernel, helper, file } = await stage();
    const lio = await helper();
    const [a, b] = [accessOf('a'), accessOf('b', { chap: null })];
    const spec = specOf('v', await file('v'), { access: [a, b] });
    await lio.ensureTarget(spec);
    for (const each of [a, b]) {
      expect(await kernel.login(spec.iqn, each.initiator, wordsOf(each))).toBe(true);
      await expect(lio.revoke(spec.iqn, spec.name, each.initiator, gently)).rejects.toMatchObject({
        code: 'VOLUME_IS_BUSY',
      });
      await expect(lio.removeTarget(spec.iqn, spec.name, gently)).rejects.toMatchObject({
        code: 'VOLUME_IS_BUSY',
      });
      await kernel.logout(spec.iqn, each.initiator);
      // What was locked out for a moment is let in again as before.
      expect(await kernel.login(spec.iqn, each.initiator, wordsOf(each))).toBe(true);
    }
    await lio.revoke(spec.iqn, spec.name, a.initiator, force);
    expect(await kernel.login(spec.iqn, a.initiator, wordsOf(a))).toBe(false);
    expect(await lio.showTarget(spec.iqn)).toMatchObject({
      initiators: [b.initiator],
      sessions: [{ initiator: b.initiator }],
    });
    await lio.revoke(spec.iqn, spec.name, null, force);
    expect(await kernel.login(spec.iqn, b.initiator, null)).toBe(false);
    await lio.removeTarget(spec.iqn, spec.name, gently);
  }, 30_000);

  it.each([/lun_0\/write_protect$/, /auth\/userid$/, /acls\/.*scoria$/])(
    'leaves no half of an access when %s is refused',
    async (pattern) => {
      const { kernel, helper, file, saved } = await stage();
      const lio = await helper();
      const spec = specOf('v', await file('v'));
      await lio.ensureTarget(spec);
      const before = await saved();
      kernel.refuse(pattern, 'EINVAL');
      await expect(lio.grant(spec.iqn, spec.name, accessOf('a'))).rejects.toMatchObject({
        code: 'TARGET_ATTACH_FAILED',
      });
      expect(await kernel.list(`iscsi/${spec.iqn}/tpgt_1/acls`)).toEqual([]);
      expect(await saved()).toEqual(before);
    },
  );

  it('knows no target that is not there, and revokes nothing of it', async () => {
    const { helper } = await stage();
    const lio = await helper();
    await expect(lio.grant(`${IQN}x`, 'x', accessOf('a'))).rejects.toMatchObject({
      code: 'TARGET_NOT_FOUND',
    });
    await expect(lio.resize(`${IQN}x`, 'x')).rejects.toMatchObject({ code: 'TARGET_NOT_FOUND' });
    await lio.revoke(`${IQN}x`, 'x', null, gently);
    await lio.removeTarget(`${IQN}x`, 'x', gently);
    expect(await lio.showTarget(`${IQN}x`)).toBeUndefined();
  });

  it('says no secret, in logs and in errors', async () => {
    const { kernel, helper, file, logs } = await stage();
    const lio = await helper();
    const spec = specOf('v', await file('v'));
    await lio.ensureTarget(spec);
    kernel.refuse(/auth\/password$/, 'EIO');
    const error = await lio.grant(spec.iqn, spec.name, accessOf('a')).catch((each: unknown) => each);
    const text = JSON.stringify([
      error,
      String(error),
      error instanceof Error ? [error.stack, String(error.cause)] : '',
      logs,
    ]);
    expect(text).not.toContain('password-of-a');
  });
});

describe('resize', () => {
  it('shows the size of the file, sessions kept', async () => {
    const { kernel, helper, file } = await stage();
    const lio = await helper();
    const a = accessOf('a');
    const spec = specOf('v', await file('v'), { access: [a] });
    await lio.ensureTarget(spec);
    await kernel.login(spec.iqn, a.initiator, wordsOf(a));
    await truncate(spec.path, 3 * MIB);
    expect(await lio.resize(spec.iqn, spec.name)).toBe(3 * MIB);
    expect(await lio.showTarget(spec.iqn)).toMatchObject({ luns: [{ size: 3 * MIB }], sessions: [{}] });
  });

  it('is made up for by the next ensure, when a process was killed in between', async () => {
    const { helper, file } = await stage();
    const lio = await helper();
    const spec = specOf('v', await file('v'));
    await lio.ensureTarget(spec);
    await truncate(spec.path, 2 * MIB);
    await lio.ensureTarget(spec);
    expect((await lio.showTarget(spec.iqn))?.luns[0]?.size).toBe(2 * MIB);
  });
});

describe('what is whose', () => {
  it('two owners see, and touch, their own only', async () => {
    const { helper, file } = await stage();
    const [one, two] = [await helper('one'), await helper('two')];
    const spec = specOf('v', await file('v'));
    await one.ensureTarget(spec);
    expect(await two.listOwned()).toEqual([]);
    await expect(two.ensureTarget(spec)).rejects.toMatchObject({ code: 'TARGET_CREATE_FAILED' });
    await two.removeTarget(spec.iqn, spec.name, force);
    await two.revoke(spec.iqn, spec.name, null, force);
    expect((await one.listOwned()).map(({ reference }) => reference)).toEqual([spec.iqn]);
  });

  it('finds what a killed process left, and removes it', async () => {
    const { kernel, helper, file } = await stage();
    const lio = await helper();
    const spec = specOf('v', await file('v'));
    await lio.ensureTarget(spec);
    const group = `iscsi/${spec.iqn}/tpgt_1`;
    await kernel.unlink(`${group}/lun/lun_0/scoria`);
    await kernel.removeDirectory(`${group}/lun/lun_0`);
    expect(await lio.listOwned()).toMatchObject([{ kind: 'target', name: spec.name }]);
    await lio.ensureTarget(spec);
    await kernel.unlink(`${group}/lun/lun_0/scoria`);
    await kernel.removeDirectory(`${group}/lun/lun_0`);
    await lio.removeTarget(spec.iqn, spec.name, gently);
    expect(await lio.listOwned()).toEqual([]);
    expect((await kernel.list('core')).map(({ name }) => name)).toEqual(['alua']);
  });

  it('lists targets, access and sessions', async () => {
    const { kernel, helper, file } = await stage();
    const lio = await helper();
    const a = accessOf('a');
    const spec = specOf('v', await file('v'), { access: [a] });
    await lio.ensureTarget(spec);
    await kernel.login(spec.iqn, a.initiator, wordsOf(a));
    expect(await lio.listOwned()).toEqual([
      {
        kind: 'target',
        name: 'v',
        reference: spec.iqn,
        intact: true,
        detail: { present: 'yes', recorded: 'yes' },
      },
      { kind: 'access', name: 'v', reference: `${spec.iqn} ${a.initiator}`, detail: {} },
      {
        kind: 'session',
        name: 'v',
        reference: `${spec.iqn} ${a.initiator}`,
        detail: { address: '192.0.2.7' },
      },
    ]);
  });
});

describe('probe', () => {
  it('tells what is missing', async () => {
    const { helper, directory } = await stage();
    expect(await (await helper()).probe()).toEqual({ state: 'ready', reason: '' });
    await rename(`${directory}/configfs`, `${directory}/elsewhere`);
    expect(await (await helper()).probe()).toMatchObject({
      state: 'absent',
      reason: expect.stringContaining('configfs is not mounted'),
    });
    await rm(`${directory}/elsewhere`, { recursive: true });
  });

  it('tells that the kernel refuses', async () => {
    const { kernel, helper } = await stage();
    kernel.refuse(/^iscsi$/, 'EACCES');
    expect(await (await helper()).probe()).toMatchObject({
      state: 'absent',
      reason: expect.stringContaining('EACCES'),
    });
  });
});
