import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseTarget } from '../src/index.ts';
import { accessOf, openHelper, reachOf, specOf } from './fixtures/helper.ts';
import { inquireSerial } from './fixtures/initiator.ts';
import { noTgtd, privateTgtd } from './fixtures/privateTgtd.ts';

const run = promisify(execFile);
const EXPORTS = 300;

describe.skipIf(noTgtd)('after a kill -9 of tgtd', () => {
  it('has 300 exports with CHAP, serial and access list back', async () => {
    await using tgtd = await privateTgtd();
    const helper = await openHelper(tgtd);
    const file = await tgtd.file('shared');
    const specs = Array.from({ length: EXPORTS }, (_, index) =>
      specOf(`volume-${index}`, file, { access: [accessOf(`${index}`)] }),
    );
    const made = await helper.ensureTargets(specs);
    expect(made.filter((each) => each.status === 'rejected')).toEqual([]);
    const tids = new Map([...(await tgtd.client.showTargets()).values()].map(({ iqn, tid }) => [iqn, tid]));
    expect(tids.size).toBe(EXPORTS);

    await tgtd.kill();
    await expect(helper.ensureTarget(specOf('volume-0', file))).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
    });
    await expect(
      helper.removeTarget(specOf('volume-0', file).iqn, 'volume-0', { force: true }),
    ).rejects.toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
    });
    expect(await helper.probe()).toMatchObject({ state: 'absent' });
    await tgtd.start();

    // Nothing tells the helper: the first thing that it is asked to do finds a new daemon.
    expect(await helper.probe()).toMatchObject({ state: 'ready' });

    const back = await tgtd.client.showTargets();
    expect(new Map([...back.values()].map(({ iqn, tid }) => [iqn, tid]))).toEqual(tids);
    for (const index of [0, 10, 299]) {
      const [spec, access] = [specs[index], accessOf(`${index}`)];
      if (!spec) throw new Error('no spec');
      expect((await inquireSerial(reachOf(tgtd.port, spec, access))).text).toContain(spec.serial);
      const wrong = { username: access.chap?.username ?? '', password: 'wrong-password' };
      expect((await inquireSerial({ ...reachOf(tgtd.port, spec, access), chap: wrong })).text).toMatch(
        /Authentication failure/,
      );
    }
    const left = await helper.restoreAll();
    expect(left.every((each) => each.status === 'fulfilled')).toBe(true);
  }, 60_000);

  it('restores what it can, and says what it cannot', async () => {
    await using tgtd = await privateTgtd();
    const helper = await openHelper(tgtd);
    const { rm } = await import('node:fs/promises');
    const lost = await tgtd.file('lost');
    await helper.ensureTargets([specOf('volume-kept', await tgtd.file('kept')), specOf('volume-lost', lost)]);
    await tgtd.kill();
    await rm(lost);
    await tgtd.start();
    const results = await helper.restoreAll();
    expect(results.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find((each) => each.status === 'rejected')).toMatchObject({
      reason: { code: 'NOT_FOUND' },
    });
    expect((await helper.listOwned()).map((each) => [each.name, each.detail.present])).toEqual(
      expect.arrayContaining([
        ['volume-kept', 'yes'],
        ['volume-lost', 'no'],
      ]),
    );
  });

  it('writes files that tgt-admin restores to the same targets', async () => {
    await using tgtd = await privateTgtd();
    const helper = await openHelper(tgtd);
    const spec = specOf('volume-conf', await tgtd.file('conf'), { access: [accessOf('x'), accessOf('y')] });
    const { tid } = await helper.ensureTarget(spec);
    await tgtd.kill();
    await tgtd.start();
    const conf = join(tgtd.directory, 'state', 'volumes', 'volume-conf');
    await run('/usr/sbin/tgt-admin', ['-e', '-c', conf], {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', TGT_IPC_SOCKET: tgtd.controlPath },
    });
    const block = (await tgtd.client.showTargets()).get(spec.iqn);
    const shown = block && parseTarget(block);
    expect(shown).toMatchObject({ tid, accounts: ['scoria-anchor', 'user-x', 'user-y'] });
    expect(shown?.luns[1]).toMatchObject({ serial: spec.serial, path: spec.path });
    expect((await inquireSerial(reachOf(tgtd.port, spec, accessOf('x')))).ok).toBe(true);
    const stranger = {
      ...reachOf(tgtd.port, spec, accessOf('x')),
      initiator: 'iqn.2020-01.org.example:stranger',
    };
    expect((await inquireSerial(stranger)).text).toMatch(/Target not found/);
    expect(await readFile(conf, 'utf8')).toContain('initiator-address 255.255.255.255');
    expect(await helper.probe()).toMatchObject({ state: 'ready' });
    expect((await helper.showTarget(spec.iqn))?.initiators).toEqual([
      accessOf('x').initiator,
      accessOf('y').initiator,
    ]);
  });
});
