import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { accessOf, MIB, specOf, stage, wordsOf } from './fixtures/stage.ts';

const foreign = {
  fabric_modules: [{ name: 'iscsi', discovery_enable_auth: true, discovery_userid: 'u' }],
  storage_objects: [
    { name: 'disk', plugin: 'block', dev: '/dev/sdz', wwn: 'w', anything: { at: ['all'] } },
    { plugin: 'user', config: 'rbd/x', size: 9 },
  ],
  targets: [{ fabric: 'vhost', wwn: 'naa.5001405000000001', tpgs: [{ tag: 'odd' }] }],
  more: true,
};

describe('the saved file', () => {
  it('has what rtslib restores: backstore, group, LUN, portals, access with credentials', async () => {
    const { helper, file, saved, saveconfig } = await stage();
    const lio = await helper();
    const spec = specOf('volume-1', await file('one'), {
      portals: [{ address: '2001:db8::1', port: 3260 }],
      access: [accessOf('a', { readOnly: true }), accessOf('open', { chap: null })],
    });
    await lio.ensureTarget(spec);
    const { storage_objects, targets } = await saved();
    const [backstore] = storage_objects as [{ name: string }];
    expect(backstore).toMatchObject({
      plugin: 'fileio',
      dev: spec.path,
      size: MIB,
      wwn: spec.serial,
      write_back: true,
      aio: false,
      attributes: { emulate_tpu: 1 },
    });
    expect(targets).toMatchObject([
      {
        fabric: 'iscsi',
        wwn: spec.iqn,
        tpgs: [
          {
            tag: 1,
            enable: true,
            attributes: { authentication: 1, generate_node_acls: 0, demo_mode_discovery: 0 },
            parameters: { AuthMethod: 'CHAP' },
            luns: [{ index: 0, alias: 'scoria', storage_object: `/backstores/fileio/${backstore.name}` }],
            portals: [{ ip_address: '[2001:db8::1]', port: 3260, iser: false, offload: false }],
            node_acls: [
              {
                node_wwn: accessOf('a').initiator,
                chap_userid: 'user-a',
                chap_password: 'password-of-a',
                attributes: { authentication: -1 },
                mapped_luns: [{ index: 0, tpg_lun: 0, alias: 'scoria', write_protect: true }],
              },
              { node_wwn: accessOf('open').initiator, attributes: { authentication: 0 } },
            ],
          },
        ],
      },
    ]);
    expect((await stat(saveconfig)).mode & 0o777).toBe(0o600);
    expect(await readdir(dirname(saveconfig))).toEqual(['saveconfig.json']);
  });

  it('keeps what is not ours, to the letter, and loses what is removed', async () => {
    const { helper, file, saved, saveconfig } = await stage();
    await mkdir(dirname(saveconfig));
    await writeFile(saveconfig, JSON.stringify(foreign), { mode: 0o644 });
    const lio = await helper();
    const spec = specOf('v', await file('v'), { access: [accessOf('a')] });
    await lio.ensureTarget(spec);
    expect((await saved()).targets).toHaveLength(2);
    expect((await stat(saveconfig)).mode & 0o777).toBe(0o600);
    await lio.revoke(spec.iqn, spec.name, null, { force: false });
    expect(await readFile(saveconfig, 'utf8')).not.toContain('password-of-a');
    await lio.removeTarget(spec.iqn, spec.name, { force: false });
    expect(await saved()).toEqual(foreign);
  });

  it.each(['{"storage_objects": 7}', '{"targ', ''])(
    'that is damaged (%s) is not touched, and nothing is exported',
    async (text) => {
      const { kernel, helper, file, saveconfig } = await stage();
      await mkdir(dirname(saveconfig));
      await writeFile(saveconfig, text);
      const lio = await helper();
      await expect(lio.ensureTarget(specOf('v', await file('v')))).rejects.toMatchObject({
        code: 'BACKEND_ERROR',
      });
      expect(await lio.probe()).toMatchObject({
        state: 'degraded',
        reason: expect.stringContaining('saveconfig.json'),
      });
      expect(await readFile(saveconfig, 'utf8')).toBe(text);
      expect((await kernel.list('core')).map(({ name }) => name)).toEqual(['alua']);
    },
  );

  it('that cannot be written takes the export back', async () => {
    const { kernel, helper, file, saveconfig } = await stage();
    const lio = await helper();
    await lio.probe();
    // A directory in the way of the temporary file that cannot be removed as a file.
    await mkdir(`${dirname(saveconfig)}/.saveconfig.json.scoria/x`, { recursive: true });
    await expect(lio.ensureTarget(specOf('v', await file('v')))).rejects.toMatchObject({
      code: 'TARGET_CREATE_FAILED',
    });
    expect((await kernel.list('core')).map(({ name }) => name)).toEqual(['alua']);
    expect(await lio.listOwned()).toEqual([]);
  });

  it('brings everything back after a reboot, credentials included, before anything else is done', async () => {
    const before = await stage();
    const lio = await before.helper();
    const a = accessOf('a');
    const specs = await Promise.all(
      ['x', 'y', 'gone'].map(async (name) => specOf(name, await before.file(name), { access: [a] })),
    );
    await lio.ensureTargets(specs);
    const savedBefore = await before.saved();
    await rm(`${before.directory}/gone.img`);
    await rm(before.kernel.root, { recursive: true });
    await mkdir(`${before.kernel.root}/core/alua`, { recursive: true });

    const after = await before.helper();
    const owned = await after.listOwned();
    expect(owned.map(({ detail }) => detail['present'])).toEqual(['no', 'no', 'no']);
    expect(await after.probe()).toEqual({ state: 'ready', reason: '' });
    expect((await after.listOwned()).filter(({ kind }) => kind === 'access')).toHaveLength(2);
    for (const { iqn } of specs.slice(0, 2))
      expect(await before.kernel.login(iqn, a.initiator, wordsOf(a))).toBe(true);
    expect(await before.saved()).toEqual(savedBefore);
    expect(before.logs.join('')).toContain('could not be restored');
  });

  it('repairs a single target that is lost, with the access it had', async () => {
    const { kernel, helper, file, saved } = await stage();
    const lio = await helper();
    const a = accessOf('a');
    const specs = await Promise.all(
      ['x', 'y'].map(async (name) => specOf(name, await file(name), { access: [a] })),
    );
    await lio.ensureTargets(specs);
    const [spec] = specs as [(typeof specs)[0]];
    const before = await saved();
    const group = `iscsi/${spec.iqn}`;
    await rm(`${kernel.root}/${group}`, { recursive: true });
    await lio.ensureTarget({ ...spec, access: undefined });
    expect(await kernel.login(spec.iqn, a.initiator, wordsOf(a))).toBe(true);
    expect(await saved()).toEqual(before);
  });

  it('forgets what is revoked of a target that is lost, and brings the rest of it back', async () => {
    const { kernel, helper, file, saveconfig } = await stage();
    const lio = await helper();
    const [a, b] = [accessOf('a'), accessOf('b')];
    const spec = specOf('x', await file('x'), { access: [a, b] });
    await lio.ensureTarget(spec);
    await rm(`${kernel.root}/iscsi/${spec.iqn}`, { recursive: true });
    await lio.revoke(spec.iqn, spec.name, a.initiator, { force: false });
    expect(await readFile(saveconfig, 'utf8')).not.toContain('password-of-a');
    expect(await lio.ensureTarget({ ...spec, access: undefined })).toMatchObject({
      initiators: [b.initiator],
    });
    await rm(`${kernel.root}/iscsi/${spec.iqn}`, { recursive: true });
    expect(wordsOf(await lio.grant(spec.iqn, spec.name, { ...b, chap: null }))).toEqual(wordsOf(b));
    // The volume itself is gone.
    await rm(`${kernel.root}/iscsi/${spec.iqn}`, { recursive: true });
    await rm(spec.path);
    await lio.revoke(spec.iqn, spec.name, b.initiator, { force: false });
    expect(await readFile(saveconfig, 'utf8')).not.toContain('password-of-b');
  });

  it('has the credentials that hold, after a process was killed while it locked somebody out', async () => {
    const { kernel, helper, file } = await stage();
    const a = accessOf('a');
    const spec = specOf('x', await file('x'), { access: [a] });
    await (await helper()).ensureTarget(spec);
    await kernel.write(`iscsi/${spec.iqn}/tpgt_1/acls/${a.initiator}/auth/password`, 'nobody-knows-it');
    const next = await helper();
    expect(wordsOf(await next.grant(spec.iqn, spec.name, accessOf('a')))).toEqual(wordsOf(a));
    expect(await kernel.login(spec.iqn, a.initiator, wordsOf(a))).toBe(true);
  });

  it('is written by several processes at once, and has what each of them exported', async () => {
    const { kernel, helper, file, saveconfig, saved, directory } = await stage();
    await (await helper()).probe();
    const path = await file('shared');
    const children = ['one', 'two', 'three'].map((state) =>
      fork(
        new URL('fixtures/exporter.ts', import.meta.url),
        [
          JSON.stringify({
            root: kernel.root,
            saveconfig,
            stateDir: `${directory}/${state}`,
            state,
            count: 8,
            path,
          }),
        ],
        { execArgv: ['--conditions=scoria-source'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
      ),
    );
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as unknown));
    expect(codes).toEqual([0, 0, 0]);
    const { targets, storage_objects } = await saved();
    expect(targets).toHaveLength(24);
    expect(storage_objects).toHaveLength(24);
  }, 60_000);

  it('takes over the lock of a process that is gone', async () => {
    const { helper, file, saveconfig } = await stage();
    await mkdir(dirname(saveconfig));
    await writeFile(`${saveconfig}.scoria-lock`, JSON.stringify({ pid: 4_194_000, startTime: '1' }));
    await (await helper()).ensureTarget(specOf('v', await file('v')));
    expect(await readdir(dirname(saveconfig))).toEqual(['saveconfig.json']);
  });
});
