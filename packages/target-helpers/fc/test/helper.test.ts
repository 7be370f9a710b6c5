import { rm, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { colons, MIB, ONE, PLAIN_PORTS, PORTS, stage, TWO } from './fixtures/stage.ts';

const force = { force: true };
const gently = { force: false };
const group = (port: string) => `fc/${port}/tpgt_1`;

describe('ensureExport', () => {
  it('shows the same LUN at every port, to nobody', async () => {
    const { kernel, helper, spec } = await stage();
    const fc = await helper();
    const wanted = await spec('volume-1');
    expect(await fc.ensureExport(wanted)).toEqual({
      name: 'volume-1',
      lun: 1,
      ports: PLAIN_PORTS,
      path: wanted.path,
      serial: wanted.serial,
      size: MIB,
      access: [],
      sessions: [],
    });
    for (const port of PORTS)
      expect((await kernel.list(`${group(port)}/lun`)).map(({ name }) => name)).toEqual(['lun_1']);
    expect(await kernel.list('core')).toHaveLength(2);
    const before = kernel.written.length;
    await fc.ensureExport(wanted);
    expect(kernel.written).toHaveLength(before);
  });

  it('gives each volume a number of its own, and no released one at once', async () => {
    const { helper, spec } = await stage();
    const fc = await helper();
    const made = await Promise.all(['a', 'b', 'c'].map(async (name) => fc.ensureExport(await spec(name))));
    expect(made.map(({ lun }) => lun).sort()).toEqual([1, 2, 3]);
    const released = made[2]?.lun;
    await fc.removeExport('c', gently);
    expect((await fc.ensureExport(await spec('d'))).lun).toBe(4);
    // A restart forgets nothing of it.
    const next = await helper();
    await next.removeExport('d', gently);
    const { lun } = await next.ensureExport(await spec('e'));
    expect(lun).toBe(5);
    expect(lun).not.toBe(released);
  });

  it('goes round the numbers of others', async () => {
    const { kernel, helper, spec } = await stage();
    const fc = await helper();
    await fc.probe();
    await kernel.makeDirectory(`${group(PORTS[1])}/lun/lun_1`);
    expect((await fc.ensureExport(await spec('v'))).lun).toBe(2);
    expect((await kernel.list(`${group(PORTS[0])}/lun`)).map(({ name }) => name)).toEqual(['lun_2']);
  });

  it('brings back what differs: size, port, access', async () => {
    const { kernel, helper, spec } = await stage();
    const fc = await helper();
    const access = [
      { wwpn: ONE, readOnly: false },
      { wwpn: TWO, readOnly: true },
    ];
    const wanted = await spec('v', { access });
    const first = await fc.ensureExport(wanted);
    expect(first.access).toEqual(access);
    await truncate(wanted.path, 2 * MIB);
    const [port] = PORTS;
    const mapped = `${group(port)}/acls/${colons(ONE)}/lun_1`;
    await kernel.unlink(`${mapped}/scoria`);
    await kernel.write(`${group(port)}/acls/${colons(TWO)}/lun_1/write_protect`, '0');
    const again = await fc.ensureExport({ ...wanted, access: undefined });
    expect(again).toMatchObject({ lun: 1, size: 2 * MIB });
    expect(again.access).toEqual(expect.arrayContaining([{ wwpn: ONE, readOnly: false }]));
    expect((await fc.ensureExport(wanted)).access).toEqual(access);
    // A port that was added later gets the LUN too, one that was taken away loses it.
    const more = await helper('state', { fc_target_wwpns: [PORTS[0], '20:00:02:fc:00:00:03:20'] });
    expect((await more.ensureExport({ ...wanted, access: undefined })).ports).toEqual([
      PLAIN_PORTS[0],
      '200002fc00000320',
    ]);
    expect(await kernel.list(`${group(PORTS[1])}/lun`)).toEqual([]);
  });

  it('makes anew what shows another file, unless it is used', async () => {
    const { kernel, helper, spec, file } = await stage();
    const fc = await helper();
    const wanted = await spec('v', { access: [{ wwpn: ONE, readOnly: false }] });
    await fc.ensureExport(wanted);
    const moved = { ...wanted, path: await file('elsewhere') };
    await kernel.login(PORTS[0], colons(ONE));
    await expect(fc.ensureExport(moved)).rejects.toMatchObject({
      code: 'TARGET_CREATE_FAILED',
      message: expect.stringContaining('in use'),
    });
    expect((await fc.showExport('v'))?.path).toBe(wanted.path);
    await fc.revoke('v', null);
    expect(await fc.ensureExport(moved)).toMatchObject({ path: moved.path, lun: 1 });
  });

  it.each([
    /core\/fileio_\d+$/,
    /core\/.*\/enable$/,
    /vpd_unit_serial$/,
    /01:20\/tpgt_1\/lun\/lun_1$/,
    /02:20\/tpgt_1\/lun\/lun_1$/,
    /02:20\/.*lun_1\/scoria$/,
    /02:20\/.*acls\/[^/]+$/,
    /02:20\/.*acls\/.*\/lun_1$/,
    /write_protect$/,
  ])('takes everything back when %s is refused', async (pattern) => {
    const { kernel, helper, spec, objects, saved } = await stage();
    const fc = await helper();
    await fc.probe();
    kernel.refuse(pattern, 'EINVAL');
    const wanted = await spec('v', { access: [{ wwpn: ONE, readOnly: true }] });
    await expect(fc.ensureExport(wanted)).rejects.toMatchObject({ code: 'TARGET_CREATE_FAILED' });
    expect(await objects()).toEqual([]);
    expect((await saved()).storage_objects).toEqual([]);
    expect(await fc.listOwned()).toEqual([]);
  });

  it('needs a backing file', async () => {
    const { helper, directory } = await stage();
    const fc = await helper();
    await expect(
      fc.ensureExport({ name: 'v', path: `${directory}/absent.img`, serial: 's' }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('grant and revoke', () => {
  it('shows the LUN at every port to those who are named, read only or not', async () => {
    const { kernel, helper, spec } = await stage();
    const fc = await helper();
    await fc.ensureExport(await spec('v'));
    expect(await kernel.login(PORTS[0], colons(ONE))).toBe(false);
    const given = await fc.grant('v', ['20:00:02:FC:00:00:01:10', TWO], { readOnly: true });
    expect(given.access).toEqual([
      { wwpn: ONE, readOnly: true },
      { wwpn: TWO, readOnly: true },
    ]);
    for (const port of PORTS)
      expect(await kernel.read(`${group(port)}/acls/${colons(ONE)}/lun_1/write_protect`)).toBe('1');
    expect(await kernel.login(PORTS[0], colons(ONE))).toBe(true);
    expect(await fc.showExport('v')).toMatchObject({ sessions: [ONE] });
    expect((await fc.grant('v', [ONE], { readOnly: false })).access).toEqual([
      { wwpn: ONE, readOnly: false },
      { wwpn: TWO, readOnly: true },
    ]);
  });

  it('ends the right to log in with the last LUN, and says whose zones can go', async () => {
    const { kernel, helper, spec } = await stage();
    const fc = await helper();
    for (const name of ['v', 'w']) {
      await fc.ensureExport(await spec(name));
      await fc.grant(name, [ONE, TWO], { readOnly: false });
    }
    expect(await fc.revoke('v', [ONE])).toMatchObject({ left: { access: [{ wwpn: TWO }] }, unused: [] });
    expect(await kernel.login(PORTS[0], colons(ONE))).toBe(true);
    // Another backend's LUN at the same ports needs the same zones.
    const other = await helper('other');
    await other.ensureExport(await spec('x'));
    await other.grant('x', [TWO], { readOnly: false });
    expect(await fc.revoke('w', null)).toMatchObject({ left: { access: [] }, unused: [ONE] });
    expect(await kernel.login(PORTS[0], colons(ONE))).toBe(false);
    expect(await fc.revoke('w', [ONE])).toMatchObject({ unused: [] });
    expect(await fc.revoke('never', [ONE])).toEqual({ left: undefined, unused: [] });
    expect(await other.revoke('x', [TWO])).toMatchObject({ unused: [] });
    expect(await fc.revoke('v', null)).toMatchObject({ unused: [TWO] });
  });

  it('lets those who are registered log in before and after, and see nothing', async () => {
    const { kernel, helper, spec, saved } = await stage();
    const fc = await helper('state', { fc_initiator_wwpns: [ONE] });
    await fc.probe();
    expect(await kernel.login(PORTS[0], colons(ONE))).toBe(true);
    await fc.ensureExport(await spec('v'));
    await fc.grant('v', [ONE], { readOnly: false });
    expect(await fc.revoke('v', [ONE])).toMatchObject({ unused: [ONE] });
    expect(
      (await kernel.list(`${group(PORTS[0])}/acls/${colons(ONE)}`)).map(({ name }) => name),
    ).not.toContain('lun_1');
    expect(await kernel.login(PORTS[0], colons(ONE))).toBe(true);
    expect((await saved()).targets).toMatchObject([
      { tpgs: [{ node_acls: [{ node_wwn: `naa.${ONE}`, mapped_luns: [] }] }] },
      { tpgs: [{ node_acls: [{ node_wwn: `naa.${ONE}`, mapped_luns: [] }] }] },
    ]);
  });

  it.each([/02:20\/.*acls\/[^/]+$/, /02:20\/.*acls\/.*\/scoria$/, /02:20\/.*write_protect$/])(
    'leaves no half of an access when %s is refused',
    async (pattern) => {
      const { kernel, helper, spec, saved } = await stage();
      const fc = await helper();
      await fc.ensureExport(await spec('v'));
      const before = await saved();
      kernel.refuse(pattern, 'EINVAL');
      await expect(fc.grant('v', [ONE], { readOnly: true })).rejects.toMatchObject({
        code: 'TARGET_ATTACH_FAILED',
      });
      for (const port of PORTS) expect(await kernel.list(`${group(port)}/acls`)).toEqual([]);
      expect(await saved()).toEqual(before);
    },
  );

  it('needs an export', async () => {
    const { helper } = await stage();
    const fc = await helper();
    await expect(fc.grant('v', [ONE], { readOnly: false })).rejects.toMatchObject({
      code: 'TARGET_NOT_FOUND',
    });
    await expect(fc.resize('v')).rejects.toMatchObject({ code: 'TARGET_NOT_FOUND' });
    expect(await fc.showExport('v')).toBeUndefined();
  });
});

describe('removeExport', () => {
  it('removes LUNs, access, backstore, and leaves the ports', async () => {
    const { helper, spec, objects, saved } = await stage();
    const fc = await helper();
    await fc.ensureExport(await spec('v', { access: [{ wwpn: ONE, readOnly: false }] }));
    await fc.removeExport('v', gently);
    await fc.removeExport('v', gently);
    expect(await objects()).toEqual([]);
    const config = await saved();
    expect(config.storage_objects).toEqual([]);
    expect(config.targets).toMatchObject(
      PLAIN_PORTS.map((port) => ({ wwn: `naa.${port}`, tpgs: [{ luns: [], node_acls: [] }] })),
    );
  });

  it('does so only with force while an initiator that sees it is logged in', async () => {
    const { kernel, helper, spec, objects } = await stage();
    const fc = await helper();
    await fc.ensureExport(await spec('v', { access: [{ wwpn: ONE, readOnly: false }] }));
    await kernel.login(PORTS[1], colons(ONE));
    await expect(fc.removeExport('v', gently)).rejects.toMatchObject({ code: 'VOLUME_IS_BUSY' });
    expect((await fc.showExport('v'))?.access).toHaveLength(1);
    await fc.removeExport('v', force);
    expect(await objects()).toEqual([]);
  });
});

it('resizes under sessions', async () => {
  const { kernel, helper, spec } = await stage();
  const fc = await helper();
  const wanted = await spec('v', { access: [{ wwpn: ONE, readOnly: false }] });
  await fc.ensureExport(wanted);
  await kernel.login(PORTS[0], colons(ONE));
  await truncate(wanted.path, 3 * MIB);
  expect(await fc.resize('v')).toBe(3 * MIB);
  expect(await fc.showExport('v')).toMatchObject({ size: 3 * MIB, sessions: [ONE] });
});

describe('what is whose', () => {
  it('two owners share ports and see their own exports only', async () => {
    const { helper, spec } = await stage();
    const [one, two] = [await helper('one'), await helper('two')];
    await one.ensureExport(await spec('v', { access: [{ wwpn: ONE, readOnly: false }] }));
    await two.ensureExport(await spec('v'));
    expect((await one.showExport('v'))?.lun).not.toBe((await two.showExport('v'))?.lun);
    await two.revoke('v', null);
    await two.removeExport('v', force);
    expect((await one.listOwned()).map(({ kind }) => kind)).toEqual(['target', 'access']);
    expect(await two.listOwned()).toEqual([]);
  });

  it('lists exports, access and logins, and whether they are as recorded', async () => {
    const { kernel, helper, spec } = await stage();
    const fc = await helper();
    await fc.ensureExport(await spec('v', { access: [{ wwpn: ONE, readOnly: false }] }));
    await kernel.login(PORTS[0], colons(ONE));
    const reference = `${PLAIN_PORTS[0]}:1`;
    expect(await fc.listOwned()).toEqual([
      {
        kind: 'target',
        name: 'v',
        reference,
        intact: true,
        detail: { present: 'yes', recorded: 'yes', ports: PLAIN_PORTS.join(' ') },
      },
      { kind: 'access', name: 'v', reference: `${reference} ${ONE}`, detail: {} },
      { kind: 'session', name: 'v', reference: `${reference} ${ONE}`, detail: {} },
    ]);
    await kernel.write(`${group(PORTS[1])}/acls/${colons(ONE)}/lun_1/write_protect`, '1');
    expect((await fc.listOwned())[0]).toMatchObject({ intact: false });
  });

  it('finds what a killed process left, and removes it', async () => {
    const { kernel, helper, spec, objects } = await stage();
    const fc = await helper();
    await fc.ensureExport(await spec('v'));
    for (const port of PORTS) {
      await kernel.unlink(`${group(port)}/lun/lun_1/scoria`);
      await kernel.removeDirectory(`${group(port)}/lun/lun_1`);
    }
    expect(await fc.listOwned()).toMatchObject([{ kind: 'target', name: 'v', intact: false }]);
    await fc.removeExport('v', gently);
    expect([await fc.listOwned(), await objects()]).toEqual([[], []]);
  });
});

describe('probe', () => {
  it('makes the ports targets, and tells which are not there or have no link', async () => {
    const { kernel, helper, directory, saved } = await stage();
    expect(await (await helper()).probe()).toEqual({ state: 'ready', reason: '' });
    expect((await kernel.list('fc')).map(({ name }) => name)).toEqual(expect.arrayContaining([...PORTS]));
    expect((await saved()).targets).toHaveLength(2);
    await writeFile(`${directory}/sys/class/fc_host/host1/port_state`, 'Linkdown\n');
    expect(await (await helper()).probe()).toEqual({
      state: 'degraded',
      reason: `port ${PLAIN_PORTS[1]} is Linkdown`,
    });
    await rm(`${directory}/sys/class/fc_host/host1`, { recursive: true });
    expect(await (await helper()).probe()).toMatchObject({
      state: 'degraded',
      reason: expect.stringContaining('no port'),
    });
  });

  it('tells that the kernel refuses', async () => {
    const { kernel, helper } = await stage();
    kernel.refuse(/^fc$/, 'EACCES');
    expect(await (await helper()).probe()).toMatchObject({
      state: 'absent',
      reason: expect.stringContaining('Fibre Channel fabric'),
    });
  });
});
