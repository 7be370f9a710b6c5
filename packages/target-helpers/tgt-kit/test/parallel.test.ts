import { execFile } from 'node:child_process';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseTarget } from '../src/index.ts';
import { accessOf, openHelper, reachOf, specOf } from './fixtures/helper.ts';
import { inquireSerial, readCapacity } from './fixtures/initiator.ts';
import { noTgtd, privateTgtd, until } from './fixtures/privateTgtd.ts';

const run = promisify(execFile);
const MIB = 1024 * 1024;

describe.skipIf(noTgtd)('at the same time', () => {
  it('two processes make twenty exports on one daemon, twenty of twenty', async () => {
    await using tgtd = await privateTgtd();
    const file = await tgtd.file('shared');
    const exporter = join(import.meta.dirname, 'fixtures', 'exporter.ts');
    const outputs = await Promise.all(
      ['one', 'two'].map((state) => {
        const { directory, controlPath, port } = tgtd;
        const input = JSON.stringify({ directory, controlPath, port, state, file, count: 10 });
        return run(process.execPath, ['--conditions=scoria-source', '--no-warnings', exporter, input]);
      }),
    );
    const tids = outputs.flatMap(({ stdout }): unknown[] => JSON.parse(stdout));
    expect(tids.filter((each) => typeof each !== 'number')).toEqual([]);
    expect(new Set(tids).size).toBe(20);
    const targets = [...(await tgtd.client.showTargets()).values()].map(parseTarget);
    expect(targets).toHaveLength(20);
    for (const target of targets)
      expect(target).toMatchObject({
        acl: [expect.any(String)],
        accounts: ['scoria-anchor', expect.any(String)],
      });
  });

  it('the same export from many callers is one export', async () => {
    await using tgtd = await privateTgtd();
    const helper = await openHelper(tgtd);
    const spec = specOf('volume-same', await tgtd.file('same'));
    const states = await Promise.all(Array.from({ length: 20 }, () => helper.ensureTarget(spec)));
    expect(new Set(states.map((each) => each.tid)).size).toBe(1);
    const given = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        helper.grant(
          spec.iqn,
          spec.name,
          accessOf('same', {
            chap: { username: `u${index}`, password: accessOf('x').chap?.password ?? expect.fail() },
          }),
        ),
      ),
    );
    expect(new Set(given.map((each) => each.chap?.username)).size).toBe(1);
    const [access] = given;
    if (!access) throw new Error('nothing given');
    expect((await inquireSerial(reachOf(tgtd.port, spec, access))).ok).toBe(true);
  });

  it('grants and revokes of many initiators leave exactly those that should be there', async () => {
    await using tgtd = await privateTgtd();
    const helper = await openHelper(tgtd);
    const spec = specOf('volume-churn', await tgtd.file('churn'));
    await helper.ensureTarget(spec);
    const all = Array.from({ length: 12 }, (_, index) => accessOf(`churn-${index}`));
    await Promise.all(all.map((access) => helper.grant(spec.iqn, spec.name, access)));
    await Promise.all(
      all.map(
        (access, index) =>
          index % 3 === 0 && helper.revoke(spec.iqn, spec.name, access.initiator, { force: false }),
      ),
    );
    const state = await helper.showTarget(spec.iqn);
    expect(state?.initiators).toEqual(
      all.filter((_, index) => index % 3 !== 0).map((each) => each.initiator),
    );
    for (const [index, access] of all.entries()) {
      expect((await inquireSerial(reachOf(tgtd.port, spec, access))).ok).toBe(index % 3 !== 0);
    }
  });

  it('an initiator writes and reads while its LUN grows, and meets no error', async () => {
    await using tgtd = await privateTgtd({ threads: 4 });
    const helper = await openHelper(tgtd);
    const spec = specOf('volume-load', await tgtd.file('load'));
    const access = accessOf('load', { chap: null });
    await helper.ensureTarget({ ...spec, access: [access] });
    const image = `driver=iscsi,transport=tcp,portal=127.0.0.1:${tgtd.port},target=${spec.iqn},lun=1,initiator-name=${access.initiator}`;
    const bench = (...more: string[]) =>
      run('qemu-img', ['bench', '--image-opts', '-c', '40000', '-d', '16', '-s', '4096', ...more, image]);
    let isRunning = true;
    const load = Promise.allSettled([bench('-w', '--pattern', '65'), bench()]).finally(() => {
      isRunning = false;
    });
    await until(
      'both have logged in',
      async () => (await helper.showTarget(spec.iqn))?.sessions.length === 2,
    );
    const size = 65 * MIB;
    await truncate(spec.path, size);
    expect(await helper.resize(spec.iqn, spec.name)).toBe(size);
    expect(isRunning).toBe(true);
    expect((await load).filter((each) => each.status === 'rejected')).toEqual([]);
    expect(await readCapacity(reachOf(tgtd.port, spec, access))).toBe(size);
  }, 60_000);
});
