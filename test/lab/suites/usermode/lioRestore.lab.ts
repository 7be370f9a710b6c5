import { readFile, rm, stat } from 'node:fs/promises';
import { run } from '@scoria/host-exec';
import type { LioHelper } from '@scoria/target-helper-lioadm';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { lioObjects, lioTree } from '../../support/configfsTree.ts';
import { inquire } from '../../support/libiscsi.ts';
import { accessOf, makeFile, openLio, reachOf, SAVECONFIG, specOf } from '../../support/lio.ts';

const MIB = 1024 * 1024;
const files: string[] = [];
let helper: LioHelper;

const file = async (name: string): Promise<string> => {
  const path = await makeFile(name, 8 * MIB);
  files.push(path);
  return path;
};
const targetctl = (verb: 'save' | 'clear' | 'restore') => run('targetctl', [verb], { deadlineMs: 60_000 });
const saved = async () => JSON.parse(await readFile(SAVECONFIG, 'utf8'));

beforeAll(async () => {
  await run('modprobe', ['loop']);
  helper = await openLio({}, '/tmp/lio-restore');
  expect(await helper.probe()).toEqual({ state: 'ready', reason: '' });
});
afterEach(async () => {
  const left = await lioObjects();
  // A test that failed does not make the next one fail.
  await targetctl('clear');
  await rm(SAVECONFIG, { force: true });
  for (const path of files.splice(0)) await rm(path, { force: true });
  expect(left).toEqual([]);
});
afterAll(() => helper.close());

it('targetctl restore rebuilds from the saved file exactly what was there', async () => {
  const device = (await run('losetup', ['--find', '--show', await file('disk')])).stdout.trim();
  try {
    const own = accessOf('own');
    const specs = [
      specOf('chap', await file('chap'), ['127.0.0.1', '::1'], {
        access: [own, accessOf('other', { readOnly: true })],
      }),
      specOf('open', await file('open'), ['127.0.0.1'], { access: [accessOf('own', { chap: null })] }),
      specOf('block', device, ['127.0.0.1'], { access: [own] }),
      specOf('nobody', await file('nobody')),
    ];
    for (const each of await helper.ensureTargets(specs)) expect(each).toMatchObject({ status: 'fulfilled' });
    const [tree, config] = [await lioTree(), await saved()];
    expect((await stat(SAVECONFIG)).mode & 0o777).toBe(0o600);

    await targetctl('clear');
    expect(await lioObjects()).toEqual([]);
    const { stderr } = await targetctl('restore');
    // Restoring says what it could not do.
    expect(stderr).not.toMatch(/skipped|Could not|Cannot set attribute/);
    expect(await lioTree()).toEqual(tree);
    const [chap] = specs;
    if (!chap) throw new Error('there is no such target');
    expect((await inquire(reachOf(chap, own))).serial).toBe(chap.serial);

    // What rtslib itself saves of it is what we had saved.
    await targetctl('save');
    const theirs = await saved();
    const sorted = (entries: { wwn: string }[]) =>
      [...entries].sort((one, other) => (one.wwn < other.wwn ? -1 : 1));
    expect(inOrder(theirs.targets)).toEqual(inOrder(config.targets));
    expect(sorted(theirs.storage_objects).map((each) => ({ ...each, alua_tpgs: [] }))).toEqual(
      sorted(config.storage_objects),
    );

    // And without targetctl (its unit is not enabled): the helper's own restoring, in a process that has just started.
    await targetctl('clear');
    const next = await openLio({}, '/tmp/lio-restore');
    expect(await next.probe()).toEqual({ state: 'ready', reason: '' });
    expect(await lioTree()).toEqual(tree);
    expect((await next.grant(chap.iqn, chap.name, { ...own, chap: null })).chap?.password.reveal()).toBe(
      own.chap?.password.reveal(),
    );
    for (const spec of specs) await helper.removeTarget(spec.iqn, spec.name, { force: false });
  } finally {
    await run('losetup', ['-d', device]);
  }
});

it('fifty exports at once, by two owners, each its own', async () => {
  const other = await openLio({}, '/tmp/lio-restore-2');
  await other.probe();
  const path = await file('many');
  const made = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const by = index % 2 === 0 ? helper : other;
      const spec = specOf(`many-${index}`, path);
      await by.ensureTarget(spec);
      const access = await by.grant(spec.iqn, spec.name, accessOf(`host-${index}`));
      return { by, spec, access };
    }),
  );
  expect((await lioObjects()).length).toBe(100);
  expect((await helper.listOwned()).filter(({ kind }) => kind === 'target')).toHaveLength(25);
  expect((await other.listOwned()).filter(({ kind }) => kind === 'target')).toHaveLength(25);
  expect((await saved()).targets).toHaveLength(50);
  for (const { spec, access } of [made[0], made[49]].filter((each) => each !== undefined))
    expect((await inquire(reachOf(spec, access))).serial).toBe(spec.serial);
  await Promise.all(made.map(({ by, spec }) => by.removeTarget(spec.iqn, spec.name, { force: false })));
  expect(await lioObjects()).toEqual([]);
  expect((await saved()).targets).toEqual([]);
}, 240_000);

/** As configfs has no order of its own, neither has what is read from it: the entries of each list by their text. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) {
    const entries = value.map(inOrder).map((each) => ({ each, text: JSON.stringify(each) }));
    return entries.sort((one, other) => (one.text < other.text ? -1 : 1)).map(({ each }) => each);
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, inOrder(each)]));
}
