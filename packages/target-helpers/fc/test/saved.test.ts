import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MIB, ONE, PLAIN_PORTS, stage, TWO } from './fixtures/stage.ts';

const foreign = {
  fabric_modules: [],
  storage_objects: [{ name: 'disk', plugin: 'block', dev: '/dev/sdz', wwn: 'w', anything: { at: ['all'] } }],
  targets: [
    { fabric: 'iscsi', wwn: 'iqn.2003-01.org.example:x', tpgs: [{ tag: 1, parameters: { a: 'b' } }] },
    {
      fabric: 'tcm_fc',
      wwn: `naa.${PLAIN_PORTS[0]}`,
      parameters: { cmd_completion_affinity: '7' },
      tpgs: [
        {
          enable: true,
          luns: [{ alias: 'x', index: 9, storage_object: '/backstores/block/disk' }],
          node_acls: [
            {
              mapped_luns: [{ alias: 'x', index: 9, tpg_lun: 9, write_protect: false }],
              node_wwn: `naa.${ONE}`,
            },
          ],
          portals: [],
          tag: 1,
        },
      ],
    },
  ],
};

describe('the saved file', () => {
  it('has what rtslib restores: backstore, ports, LUN, access', async () => {
    const { helper, spec, saved, saveconfig } = await stage();
    const fc = await helper();
    const wanted = await spec('v', { access: [{ wwpn: ONE, readOnly: true }] });
    await fc.ensureExport(wanted);
    const { storage_objects, targets } = await saved();
    expect(storage_objects).toMatchObject([
      { plugin: 'fileio', dev: wanted.path, size: MIB, wwn: wanted.serial, write_back: true, aio: false },
    ]);
    expect(targets).toEqual(
      PLAIN_PORTS.map((port) => ({
        fabric: 'tcm_fc',
        parameters: { cmd_completion_affinity: '-1' },
        tpgs: [
          {
            enable: true,
            luns: [
              {
                alias: 'scoria',
                alua_tg_pt_gp_name: 'default_tg_pt_gp',
                index: 1,
                storage_object: `/backstores/fileio/${storage_objects[0]?.['name']}`,
              },
            ],
            node_acls: [
              {
                mapped_luns: [{ alias: 'scoria', index: 1, tpg_lun: 1, write_protect: true }],
                node_wwn: `naa.${ONE}`,
              },
            ],
            portals: [],
            tag: 1,
          },
        ],
        wwn: `naa.${port}`,
      })),
    );
    expect((await stat(saveconfig)).mode & 0o777).toBe(0o600);
  });

  it("keeps others' LUNs and access at the same port", async () => {
    const { helper, spec, saved, saveconfig } = await stage();
    await mkdir(dirname(saveconfig), { recursive: true });
    await writeFile(saveconfig, JSON.stringify(foreign));
    const fc = await helper();
    await fc.ensureExport(await spec('v', { access: [{ wwpn: ONE, readOnly: false }] }));
    const during = await saved();
    expect(during.targets[1]).toMatchObject({
      parameters: { cmd_completion_affinity: '7' },
      tpgs: [
        { luns: [{ index: 9 }, { index: 1 }], node_acls: [{ mapped_luns: [{ index: 9 }, { index: 1 }] }] },
      ],
    });
    await fc.removeExport('v', { force: false });
    const after = await saved();
    expect(after.storage_objects).toEqual(foreign.storage_objects);
    expect(after.targets.slice(0, 2)).toEqual(foreign.targets);
  });

  it('brings everything back that the kernel has lost, numbers and access as they were', async () => {
    const { kernel, helper, spec } = await stage();
    const fc = await helper();
    const names = ['a', 'b', 'c'];
    for (const name of names)
      await fc.ensureExport(await spec(name, { access: [{ wwpn: TWO, readOnly: name === 'b' }] }));
    await fc.removeExport('a', { force: false });
    const before = await Promise.all(names.map((name) => fc.showExport(name)));
    for (const each of ['fc', 'core']) await rm(join(kernel.root, each), { recursive: true });
    await mkdir(join(kernel.root, 'core/alua'), { recursive: true });
    const next = await helper();
    expect(await next.probe()).toEqual({ state: 'ready', reason: '' });
    expect(await Promise.all(names.map((name) => next.showExport(name)))).toEqual(before);
  });

  it('brings an export back that was lost meanwhile, without the access that is revoked', async () => {
    const { kernel, helper, spec } = await stage();
    const fc = await helper();
    const access = [ONE, TWO].map((wwpn) => ({ wwpn, readOnly: false }));
    await fc.ensureExport(await spec('v', { access }));
    for (const port of (await readdir(join(kernel.root, 'fc'))).filter((name) => name.includes(':')))
      await rm(join(kernel.root, 'fc', port, 'tpgt_1'), { recursive: true, force: true });
    for (const each of (await readdir(join(kernel.root, 'core'))).filter((name) => name !== 'alua'))
      await rm(join(kernel.root, 'core', each), { recursive: true });
    for (const port of ['20:00:02:fc:00:00:01:20', '20:00:02:fc:00:00:02:20'])
      await kernel.makeDirectory(`fc/${port}/tpgt_1`);
    expect(await fc.revoke('v', [ONE])).toMatchObject({ left: { access: [{ wwpn: TWO }] } });
    expect(await fc.showExport('v')).toMatchObject({ lun: 1, access: [{ wwpn: TWO, readOnly: false }] });
  });

  it('is not touched when it is damaged, and nothing is exported then', async () => {
    const { helper, spec, saveconfig, objects } = await stage();
    await mkdir(dirname(saveconfig), { recursive: true });
    await writeFile(saveconfig, '{ "targets": 1 }');
    const fc = await helper();
    await expect(fc.ensureExport(await spec('v'))).rejects.toMatchObject({ code: 'BACKEND_ERROR' });
    expect(await fc.probe()).toMatchObject({ state: 'degraded' });
    expect(await objects()).toEqual([]);
  });
});
