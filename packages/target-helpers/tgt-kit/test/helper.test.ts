import { readdir, readFile, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { Secret } from '@scoria/driver-sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTarget, type TgtHelper } from '../src/index.ts';
import { accessOf, openHelper, PREFIX, reachOf, serialOf, specOf } from './fixtures/helper.ts';
import { holdSession, inquireIdentification, inquireSerial, readCapacity } from './fixtures/initiator.ts';
import { noTgtd, type PrivateTgtd, privateTgtd, until } from './fixtures/privateTgtd.ts';

const MIB = 1024 * 1024;
const failsWith = (code: unknown, message: RegExp = /./) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe.skipIf(noTgtd)('TgtHelper on a real tgtd', () => {
  let tgtd: PrivateTgtd;
  let helper: TgtHelper;
  beforeAll(async () => {
    tgtd = await privateTgtd();
    helper = await openHelper(tgtd);
  });
  afterAll(async () => {
    await helper?.close();
    await tgtd?.[Symbol.asyncDispose]();
  });
  const confFile = (name: string) => join(tgtd.directory, 'state', 'volumes', name);
  const shown = async (name: string) => {
    const block = (await tgtd.client.showTargets()).get(`${PREFIX}${name}`);
    return block && parseTarget(block);
  };
  const exported = async (name: string, more = {}) => {
    const spec = specOf(name, await tgtd.file(name), more);
    return { spec, state: await helper.ensureTarget(spec) };
  };

  it('makes a target that nobody may use yet, with the promised identity', async () => {
    const { spec, state } = await exported('volume-new');
    expect(state).toMatchObject({
      iqn: spec.iqn,
      luns: [{ lun: 1, path: spec.path, serial: spec.serial, size: 64 * MIB }],
      initiators: [],
      accounts: [],
      sessions: [],
    });
    const refused = await inquireSerial({ port: tgtd.port, iqn: spec.iqn });
    expect(refused).toMatchObject({ ok: false, text: expect.stringContaining('Target not found') });
    expect((await stat(confFile('volume-new'))).mode & 0o777).toBe(0o600);
    expect(
      (await readdir(join(tgtd.directory, 'state', 'volumes'))).filter((name) => name.startsWith('.')),
    ).toEqual([]);
    expect((await helper.ensureTarget(spec)).tid).toBe(state.tid);
    const access = accessOf('identity');
    await helper.grant(spec.iqn, spec.name, access);
    const reach = reachOf(tgtd.port, spec, access);
    expect((await inquireSerial(reach)).text).toContain(`[${serialOf('volume-new')}]`);
    expect((await inquireIdentification(reach)).text).toContain(serialOf('volume-new').replaceAll('-', ''));
    expect(await readCapacity(reach)).toBe(64 * MIB);
  });

  it('lets in who has the name, the user and the secret, and nobody else', async () => {
    const { spec } = await exported('volume-chap');
    const access = accessOf('chap');
    expect(await helper.grant(spec.iqn, spec.name, access)).toEqual(access);
    const reach = reachOf(tgtd.port, spec, access);
    const username = access.chap?.username ?? '';
    expect((await inquireSerial(reach)).ok).toBe(true);
    expect((await inquireSerial({ ...reach, chap: { username, password: 'wrong-password' } })).text).toMatch(
      /Authentication failure/,
    );
    expect(
      (await inquireSerial({ ...reach, chap: { username: 'other', password: 'password-of-chap' } })).text,
    ).toMatch(/Authentication failure/);
    expect((await inquireSerial({ port: reach.port, iqn: reach.iqn, initiator: reach.initiator })).ok).toBe(
      false,
    );
    expect((await inquireSerial({ ...reach, initiator: `${reach.initiator}x` })).text).toMatch(
      /Target not found/,
    );
    expect(
      (await inquireSerial({ ...reach, initiator: 'iqn.2007-10.com.github:sahlberg:libiscsi:iscsi-inq' }))
        .text,
    ).toMatch(/Target not found/);
  });

  it('keeps the credentials of an initiator that has access already', async () => {
    const { spec } = await exported('volume-again');
    const first = await helper.grant(spec.iqn, spec.name, accessOf('again'));
    const other = accessOf('again', {
      chap: { username: 'someone-else', password: new Secret('other-password') },
    });
    const second = await helper.grant(spec.iqn, spec.name, other);
    expect(second.chap?.username).toBe('user-again');
    expect(second.chap?.password.reveal()).toBe(first.chap?.password.reveal());
    expect(await tgtd.client.showAccounts()).not.toContain('someone-else');
  });

  it('revokes the first of three initiators without touching the others, or killing the daemon', async () => {
    const { spec } = await exported('volume-three');
    const [one, two, three] = [accessOf('one'), accessOf('two'), accessOf('three')];
    for (const access of [one, two, three]) await helper.grant(spec.iqn, spec.name, access);
    await using session = await holdSession(reachOf(tgtd.port, spec, two));
    await helper.revoke(spec.iqn, spec.name, one.initiator, { force: false });
    expect((await inquireSerial(reachOf(tgtd.port, spec, one))).ok).toBe(false);
    expect((await inquireSerial(reachOf(tgtd.port, spec, two))).ok).toBe(true);
    expect((await inquireSerial(reachOf(tgtd.port, spec, three))).ok).toBe(true);
    // A name that still has access does not get in with the revoked credentials.
    const mixed = {
      ...reachOf(tgtd.port, spec, three),
      chap: { username: 'user-one', password: 'password-of-one' },
    };
    expect((await inquireSerial(mixed)).ok).toBe(false);
    expect((await session.read()).ok).toBe(true);
    expect(await tgtd.client.showAccounts()).not.toContain('user-one');
    await helper.revoke(spec.iqn, spec.name, one.initiator, { force: false });
  });

  it('never leaves a target open while accounts are exchanged', async () => {
    const { spec } = await exported('volume-last');
    const access = accessOf('last');
    await helper.grant(spec.iqn, spec.name, access);
    await helper.revoke(spec.iqn, spec.name, null, { force: false });
    expect(await shown('volume-last')).toMatchObject({ acl: [], accounts: ['scoria-anchor'] });
    expect((await helper.showTarget(spec.iqn))?.accounts).toEqual([]);
  });

  it('refuses to revoke or remove under a live session, unless forced', async () => {
    const { spec } = await exported('volume-busy');
    const access = accessOf('busy');
    await helper.grant(spec.iqn, spec.name, access);
    await using session = await holdSession(reachOf(tgtd.port, spec, access));
    await expect(helper.revoke(spec.iqn, spec.name, access.initiator, { force: false })).rejects.toEqual(
      failsWith('VOLUME_IS_BUSY', /scoria-test-busy/),
    );
    await expect(helper.removeTarget(spec.iqn, spec.name, { force: false })).rejects.toEqual(
      failsWith('VOLUME_IS_BUSY'),
    );
    expect((await session.read()).ok).toBe(true);
    expect((await helper.showTarget(spec.iqn))?.sessions).toEqual([
      { initiator: access.initiator, address: '127.0.0.1' },
    ]);
    await helper.revoke(spec.iqn, spec.name, access.initiator, { force: true });
    expect((await helper.showTarget(spec.iqn))?.sessions).toEqual([]);
    await helper.removeTarget(spec.iqn, spec.name, { force: false });
    expect(await helper.showTarget(spec.iqn)).toBeUndefined();
    await expect(stat(confFile('volume-busy'))).rejects.toThrow(/ENOENT/);
  });

  it('removes a target in use when forced, and its accounts with it', async () => {
    const { spec } = await exported('volume-forced');
    const access = accessOf('forced');
    await helper.grant(spec.iqn, spec.name, access);
    await using _session = await holdSession(reachOf(tgtd.port, spec, access));
    await helper.removeTarget(spec.iqn, spec.name, { force: true });
    expect(await shown('volume-forced')).toBeUndefined();
    expect(await tgtd.client.showAccounts()).not.toContain('user-forced');
    await helper.removeTarget(spec.iqn, spec.name, { force: true });
  });

  it('tells a missing backing file apart, and leaves nothing behind', async () => {
    const spec = specOf('volume-nofile', join(tgtd.directory, 'no-such-file'));
    await expect(helper.ensureTarget(spec)).rejects.toEqual(failsWith('NOT_FOUND', /no-such-file/));
    const directory = specOf('volume-nofile', tgtd.directory);
    await expect(helper.ensureTarget(directory)).rejects.toEqual(
      failsWith('INVALID_ARGUMENT', /neither a file/),
    );
    expect(await shown('volume-nofile')).toBeUndefined();
    await expect(stat(confFile('volume-nofile'))).rejects.toThrow(/ENOENT/);
  });

  it.each([
    ['a comma', { path: '/tmp/a,b' }],
    ['a newline', { path: '/tmp/a\nb' }],
    ['a name outside the directory', { name: '../evil' }],
    ['a serial that tgtd would cut', { serial: 'x'.repeat(37) }],
    ['LUN 0', { lun: 0 }],
    ['an underscore in the IQN', { iqn: `${PREFIX}volume_1` }],
  ])('refuses %s before or without effect', async (_, wrong) => {
    const file = await tgtd.file('volume-wrong');
    await expect(helper.ensureTarget(specOf('volume-wrong', file, wrong))).rejects.toEqual(
      failsWith(expect.stringMatching(/INVALID_ARGUMENT|TARGET_CREATE_FAILED|NOT_FOUND/)),
    );
    expect(await shown('volume-wrong')).toBeUndefined();
    await expect(stat(confFile('volume-wrong'))).rejects.toThrow(/ENOENT/);
  });

  it.each(['revoke', 'remove'] as const)('%s waits for a session that is just ending', async (verb) => {
    const { spec } = await exported(`volume-ending-${verb}`);
    const access = accessOf(`ending-${verb}`);
    await helper.grant(spec.iqn, spec.name, access);
    const session = await holdSession(reachOf(tgtd.port, spec, access));
    const options = { force: false };
    const leaving =
      verb === 'revoke'
        ? helper.revoke(spec.iqn, spec.name, access.initiator, options)
        : helper.removeTarget(spec.iqn, spec.name, options);
    await session[Symbol.asyncDispose]();
    await leaving;
    expect((await shown(spec.name))?.acl ?? []).toEqual([]);
    await helper.removeTarget(spec.iqn, spec.name, options);
  });

  it('makes a target anew when its LUN differs, but not under a session', async () => {
    const { spec } = await exported('volume-differs');
    const access = accessOf('differs');
    await helper.grant(spec.iqn, spec.name, access);
    const moved = { ...spec, path: await tgtd.file('volume-moved', 32 * MIB) };
    {
      await using _session = await holdSession(reachOf(tgtd.port, spec, access));
      await expect(helper.ensureTarget(moved)).rejects.toEqual(
        failsWith('TARGET_CREATE_FAILED', /in use and differs.*backing file/),
      );
      expect((await shown('volume-differs'))?.luns[1]?.path).toBe(spec.path);
    }
    await until(
      'the session is gone',
      async () => (await helper.showTarget(spec.iqn))?.sessions.length === 0,
    );
    const state = await helper.ensureTarget(moved);
    expect(state.luns).toMatchObject([{ path: moved.path, size: 32 * MIB }]);
    expect(await readCapacity(reachOf(tgtd.port, spec, access))).toBe(32 * MIB);
  });

  it('locks out whoever somebody else let in', async () => {
    const { spec, state } = await exported('volume-all');
    const access = accessOf('all');
    await helper.grant(spec.iqn, spec.name, access);
    await tgtd.client.allowAddress('iscsi', state.tid, 'ALL');
    await tgtd.client.allow('iscsi', state.tid, 'iqn.2020-01.org.example:intruder');
    await until('both are locked out', async () => {
      await helper.ensureTarget(spec);
      return (await shown('volume-all'))?.acl.join() === access.initiator;
    });
  });

  it('states the access that a spec states', async () => {
    const { spec } = await exported('volume-access', { access: [accessOf('p'), accessOf('q')] });
    expect((await shown('volume-access'))?.accounts).toEqual(['scoria-anchor', 'user-p', 'user-q']);
    const changed = accessOf('q', { chap: { username: 'user-q', password: new Secret('a-new-password') } });
    await helper.ensureTarget({ ...spec, access: [changed] });
    expect((await inquireSerial(reachOf(tgtd.port, spec, accessOf('q')))).ok).toBe(false);
    expect((await inquireSerial(reachOf(tgtd.port, spec, changed))).ok).toBe(true);
    expect((await inquireSerial(reachOf(tgtd.port, spec, accessOf('p')))).ok).toBe(false);
    await helper.ensureTarget({ ...spec, access: [] });
    expect((await shown('volume-access'))?.acl).toEqual([]);
  });

  it("takes another account name when the name is somebody else's", async () => {
    const { state } = await exported('volume-foreign');
    await tgtd.client.createAccount('shared-name', new Secret('theirs'));
    await tgtd.client.bindAccount('iscsi', state.tid, 'shared-name');
    const { spec } = await exported('volume-collides');
    const wanted = accessOf('collides', {
      chap: { username: 'shared-name', password: new Secret('ours-in-secret') },
    });
    const given = await helper.grant(spec.iqn, spec.name, wanted);
    expect(given.chap?.username).not.toBe('shared-name');
    expect((await inquireSerial(reachOf(tgtd.port, spec, given))).ok).toBe(true);
    expect((await shown('volume-foreign'))?.accounts).toContain('shared-name');
  });

  it('renews an account that an unfinished attempt left', async () => {
    const { spec } = await exported('volume-leftover');
    await tgtd.client.createAccount('user-leftover', new Secret('from-the-attempt'));
    const access = accessOf('leftover');
    await helper.grant(spec.iqn, spec.name, access);
    expect((await inquireSerial(reachOf(tgtd.port, spec, access))).ok).toBe(true);
  });

  it('gives all initiators of a target the same right, and refuses to mix', async () => {
    const { spec } = await exported('volume-ro');
    const readers = [accessOf('ro1', { readOnly: true }), accessOf('ro2', { readOnly: true })];
    for (const reader of readers) await helper.grant(spec.iqn, spec.name, reader);
    expect((await shown('volume-ro'))?.luns[1]?.readOnly).toBe(true);
    const mixing = helper.grant(spec.iqn, spec.name, accessOf('rw1'));
    await expect(mixing).rejects.toEqual(failsWith('INVALID_VOLUME', /ro1 has volume-ro read-only.*rw1/));
    expect((await shown('volume-ro'))?.luns[1]?.readOnly).toBe(true);
    for (const { initiator } of readers)
      await helper.revoke(spec.iqn, spec.name, initiator, { force: false });
    await helper.grant(spec.iqn, spec.name, accessOf('rw1'));
    expect((await shown('volume-ro'))?.luns[1]?.readOnly).toBe(false);
  });

  it('grows a LUN under a live session', async () => {
    const { spec } = await exported('volume-grow');
    const access = accessOf('grow');
    await helper.grant(spec.iqn, spec.name, access);
    const reach = reachOf(tgtd.port, spec, access);
    await using session = await holdSession(reach);
    await truncate(spec.path, 96 * MIB);
    expect(await readCapacity(reach)).toBe(64 * MIB);
    expect(await helper.resize(spec.iqn, spec.name)).toBe(96 * MIB);
    expect(await readCapacity(reach)).toBe(96 * MIB);
    expect((await session.read()).ok).toBe(true);
    expect((await shown('volume-grow'))?.luns[1]).toMatchObject({ online: true, removable: false });
    expect((await helper.showTarget(spec.iqn))?.luns[0]?.size).toBe(96 * MIB);
  });

  it('lists what is ours, and nothing else', async () => {
    const { spec } = await exported('volume-owned');
    await helper.grant(spec.iqn, spec.name, accessOf('owned'));
    await tgtd.client.createTarget('iscsi', 9_000, `${PREFIX}volume-of-another-driver`);
    await tgtd.client.createTarget('iscsi', 9_001, 'iqn.2020-01.org.example:foreign');
    const mine = (await helper.listOwned()).filter((each) => each.name === 'volume-owned');
    expect(mine).toMatchObject([
      { kind: 'target', reference: spec.iqn, intact: true, detail: { present: 'yes', recorded: 'yes' } },
      { kind: 'access', reference: `${spec.iqn} ${accessOf('owned').initiator}` },
    ]);
    const all = (await helper.listOwned()).map((each) => each.reference);
    expect(all).not.toContain('iqn.2020-01.org.example:foreign');
    expect(all).not.toContain(`${PREFIX}volume-of-another-driver`);
    const other = await openHelper(tgtd, {}, 'state-of-another');
    expect(await other.listOwned()).toEqual([]);
  });

  it('says in one listing which targets are not as recorded, and repairs them', async () => {
    const target = async (name: string) => {
      const { spec, state } = await exported(name);
      await helper.grant(spec.iqn, spec.name, accessOf(name));
      return { spec, tid: state.tid };
    };
    const [noLun, noUser] = [await target('volume-no-lun'), await target('volume-no-user')];
    await tgtd.client.deleteLun('iscsi', noLun.tid, 1);
    await tgtd.client.unbindAccount('iscsi', noUser.tid, 'user-volume-no-user');
    const damaged = (await helper.listOwned()).filter(({ kind, intact }) => kind === 'target' && !intact);
    expect(damaged.map(({ name }) => name).sort()).toEqual(
      expect.arrayContaining(['volume-no-lun', 'volume-no-user']),
    );
    for (const { spec } of [noLun, noUser]) {
      await helper.ensureTarget({ ...spec, access: [accessOf(spec.name)] });
      const found = (await helper.listOwned()).find(({ reference }) => reference === spec.iqn);
      expect(found).toMatchObject({ kind: 'target', intact: true });
    }
  });

  it('finds an orphan of which the file was lost, by its tag', async () => {
    const { spec } = await exported('volume-orphan');
    const { rm } = await import('node:fs/promises');
    await rm(confFile('volume-orphan'));
    expect((await helper.listOwned()).find((each) => each.reference === spec.iqn)).toMatchObject({
      kind: 'target',
      name: 'volume-orphan',
      detail: { present: 'yes', recorded: 'no' },
    });
    await helper.removeTarget(spec.iqn, spec.name, { force: false });
    expect(await shown('volume-orphan')).toBeUndefined();
  });

  it('serves options: write cache off, open flags, block size', async () => {
    const other = await openHelper(
      tgtd,
      {
        iscsi_write_cache: 'off',
        iscsi_target_flags: 'sync',
        tgt_block_size: 4096,
        tgt_thin_provisioning: false,
      },
      'state-options',
    );
    const spec = specOf('volume-options', await tgtd.file('volume-options'));
    await other.ensureTarget(spec);
    expect((await shown('volume-options'))?.luns[1]).toMatchObject({ flags: 'sync', blockSize: 4096 });
    expect(
      await readFile(join(tgtd.directory, 'state-options', 'volumes', 'volume-options'), 'utf8'),
    ).toContain('write-cache off');
  });

  it('reads nothing from a damaged file, and says so', async () => {
    const { writeFile } = await import('node:fs/promises');
    const { spec } = await exported('volume-damaged');
    await writeFile(confFile('volume-damaged'), '<target iqn.x>\n  driver iscsi\n');
    await expect(helper.grant(spec.iqn, spec.name, accessOf('damaged'))).rejects.toEqual(
      failsWith('TARGET_ATTACH_FAILED', /cut short/),
    );
    await expect(helper.grant(spec.iqn, 'volume-unknown', accessOf('x'))).rejects.toEqual(
      failsWith('TARGET_NOT_FOUND'),
    );
  });
});
