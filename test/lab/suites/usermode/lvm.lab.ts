import { open } from 'node:fs/promises';
import { type BackingStore, bytes, MIB } from '@scoria/driver-sdk';
import { run } from '@scoria/host-exec';
import { waitFor } from '@scoria-test/support';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeVolumeGroup, type VolumeGroup } from '../../../e2e/contract/support/volumeGroup.ts';
import {
  contains,
  contentOf,
  deleteSnapshot,
  deleteVolume,
  doWork,
  endWork,
  extentsOf,
  fill,
  lvs,
  openStore,
  volume,
} from '../../support/lvm.ts';

const EXTENT = 4 * MIB;
const OLD = 'the bytes of another tenant ';
const NEW = 'what was written later ';

const code = (expected: string) => expect.objectContaining({ code: expected });
const table = async (path: string): Promise<string> =>
  (await run('dmsetup', ['info', '--columns', '--noheadings', '--options', 'uuid', path])).stdout.trim();

// Each command of LVM takes half a second here, or more where others work too.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

beforeAll(() => run('modprobe', ['-a', 'loop', 'dm_mod', 'dm_snapshot', 'dm_thin_pool']));

afterAll(endWork);

describe('thick volumes', () => {
  let group: VolumeGroup;
  let store: BackingStore;
  beforeAll(async () => {
    group = await makeVolumeGroup('lab-thick', {
      size: 512 * MIB,
      extentSize: EXTENT,
      tags: ['scoria.zeroed'],
    });
    store = await openStore(group.name, { lvm_type: 'default' });
    expect(await store.probe()).toEqual({ state: 'ready', reason: '' });
  });
  afterEach(async () => {
    const left = await lvs(group.name, 'lv_name,lv_tags');
    // A test that failed does not make the next ones fail.
    for (const line of left)
      await run('lvremove', ['--force', '--yes', `${group.name}/${line.split(' ')[0]}`], {
        exitCodes: 'any',
      });
    expect(left).toEqual([]);
  });
  afterAll(() => group[Symbol.asyncDispose]());

  it('are made once, with tags, and their device proves what it is', async () => {
    expect(await store.create(volume('volume-1'))).toEqual({ work: [] });
    expect(await store.create(volume('volume-1'))).toEqual({ work: [] });
    await expect(store.create(volume('volume-1', 12))).rejects.toEqual(code('ALREADY_EXISTS'));
    await expect(store.create({ name: 'volume-2', size: bytes(MIB) })).rejects.toEqual(
      code('SIZE_UNSUPPORTED'),
    );
    await expect(store.create(volume('volume-2', 1024))).rejects.toEqual(code('NO_SPACE'));
    await expect(store.create(volume('volume-2', 2 ** 32))).rejects.toMatchObject({
      code: expect.stringMatching(/NO_SPACE|SIZE_UNSUPPORTED/),
    });
    expect(await lvs(group.name, 'lv_name,lv_size,lv_tags')).toEqual([
      'volume-1 8.00m scoria.owner=lab,scoria.volume=volume-1',
    ]);
    const path = await store.path('volume-1');
    expect(path).toBe('/dev/mapper/lab--thick-volume--1');
    expect(await store.identity?.('volume-1')).toEqual({ type: 'dm', uuid: await table(path) });
    expect(await contentOf(path, 8, [])).toBe('zero');
    expect(await store.listOwned()).toMatchObject([
      { kind: 'volume', name: 'volume-1', reference: path, size: 8 * MIB, detail: { type: 'thick' } },
    ]);
    expect(await store.pools()).toMatchObject([
      {
        totalCapacity: 508 * MIB,
        freeCapacity: 500 * MIB,
        provisionedCapacity: 8 * MIB,
        thickProvisioning: true,
      },
    ]);
    await deleteVolume(store, 'volume-1');
    await deleteVolume(store, 'volume-1');
    expect(await store.listOwned()).toEqual([]);
  });

  it('have names that LVM would not take, too', async () => {
    const names = ['snapshot-1', 'a_tdata_b', 'x'.repeat(128), `volume-${'-'.repeat(80)}`, 'A.b_c-9'];
    for (const name of names) await store.create(volume(name));
    await store.snapshot('snapshot-1', 'snapshot-1', { volumeInUse: false });
    const owned = await store.listOwned();
    expect(
      owned
        .filter(({ kind }) => kind === 'volume')
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...names].sort());
    await deleteSnapshot(store, 'snapshot-1');
    for (const name of names) {
      expect(await contentOf(await store.path(name), 8, [])).toBe('zero');
      await deleteVolume(store, name);
    }
  });

  it('are wiped before their extents are used again', async () => {
    await store.create(volume('volume-1', 32));
    const path = await store.path('volume-1');
    await fill(path, 32, OLD);
    const extents = await extentsOf(`${group.name}/volume-1`);
    const named = await store.delete('volume-1');
    expect(named.work).toMatchObject([{ kind: 'wipe', length: 32 * MIB, target: { path, offset: 0 } }]);
    // Its bytes are there until the work is done; it is gone for everybody else.
    expect(await contentOf(path, 32, [OLD])).toBe(OLD);
    await expect(store.path('volume-1')).rejects.toEqual(code('NOT_FOUND'));
    await expect(store.create(volume('volume-1', 32))).rejects.toEqual(code('ALREADY_EXISTS'));
    expect(await store.delete('volume-1')).toEqual(named);
    expect(await store.listOwned()).toMatchObject([{ name: 'volume-1', detail: { state: 'deleting' } }]);
    await doWork(named);
    expect(await store.delete('volume-1', { workDone: true })).toEqual({ work: [] });
    await store.create(volume('volume-2', 32));
    expect(await extentsOf(`${group.name}/volume-2`)).toBe(extents);
    expect(await contentOf(await store.path('volume-2'), 32, [OLD])).toBe('zero');
    await deleteVolume(store, 'volume-2');
  });

  it('that have snapshots or are open are not deleted, and nothing of them is changed', async () => {
    await store.create(volume('volume-1'));
    await store.snapshot('snapshot-1', 'volume-1', { volumeInUse: true });
    await expect(store.delete('volume-1')).rejects.toMatchObject({
      code: 'VOLUME_IS_BUSY',
      message: expect.stringContaining('snapshot-1'),
    });
    // What another process would see that has looked before the snapshot was taken: LVM itself decides.
    const [uuid = ''] = (await lvs(group.name, 'lv_uuid,lv_name')).filter((line) =>
      line.endsWith(' volume-1'),
    );
    await run('vgchange', ['--activate', 'n', group.name]);
    await run('lvremove', [
      ...['--yes', '--select', `lv_uuid=${uuid.split(' ')[0]} && lv_role!=thickorigin`, group.name],
    ]);
    expect(await lvs(group.name, 'lv_name')).toEqual(['_snapshot-1', 'volume-1']);
    await deleteSnapshot(store, 'snapshot-1');
    const path = await store.path('volume-1');
    {
      await using _held = await open(path, 'r');
      await expect(store.delete('volume-1')).rejects.toEqual(code('VOLUME_IS_BUSY'));
    }
    expect(await store.path('volume-1')).toBe(path);
    await deleteVolume(store, 'volume-1');
  });

  it('have snapshots of one moment, which are wiped before their extents are used again', async () => {
    await store.create(volume('volume-1', 16));
    const path = await store.path('volume-1');
    await fill(path, 16, OLD);
    await using held = await open(path, 'r+');
    await store.snapshot('snapshot-1', 'volume-1', { volumeInUse: true });
    await store.snapshot('snapshot-1', 'volume-1', { volumeInUse: true });
    await fill(path, 16, NEW);
    expect(await contentOf(path, 16, [OLD, NEW])).toBe(NEW);

    const copied = await store.createFromSnapshot(volume('volume-2', 20), 'snapshot-1');
    expect(await store.createFromSnapshot(volume('volume-2', 20), 'snapshot-1')).toEqual(copied);
    await doWork(copied);
    expect(await contentOf(await store.path('volume-2'), 16, [OLD, NEW])).toBe(OLD);
    expect(await contentOf(await store.path('volume-2'), 4, [OLD, NEW], 16)).toBe('zero');
    await expect(store.snapshot('snapshot-1', 'volume-2', { volumeInUse: false })).rejects.toEqual(
      code('ALREADY_EXISTS'),
    );

    const extents = await extentsOf(`${group.name}/_snapshot-1`);
    const named = await store.deleteSnapshot('snapshot-1');
    expect(await store.deleteSnapshot('snapshot-1')).toEqual(named);
    const [{ target } = { target: { path: '' } }] = named.work.filter((each) => each.kind === 'wipe');
    // What is wiped is where the old bytes are, and no write to the volume gets there any more.
    expect(await contains(target.path, OLD)).toBe(true);
    await held.write(Buffer.alloc(MIB, NEW), 0, MIB, 0);
    await held.sync();
    await doWork(named);
    expect(await contains(target.path, OLD)).toBe(false);
    expect(await store.deleteSnapshot('snapshot-1', { workDone: true })).toEqual({ work: [] });
    expect(await contentOf(path, 16, [OLD, NEW])).toBe(NEW);
    await store.create(volume('volume-3', 16));
    expect((await extentsOf(`${group.name}/volume-3`)).split(/[:-]/)[1]).toBe(extents.split(/[:-]/)[1]);
    expect(await contentOf(await store.path('volume-3'), 16, [OLD, NEW])).toBe('zero');
    await held.close();
    for (const name of ['volume-1', 'volume-2', 'volume-3']) await deleteVolume(store, name);
  });

  it('have room in a snapshot for every block', async () => {
    await store.create(volume('volume-1', 64));
    const path = await store.path('volume-1');
    await fill(path, 64, OLD);
    await store.snapshot('snapshot-1', 'volume-1', { volumeInUse: false });
    await fill(path, 64, NEW);
    expect(await lvs(group.name, 'lv_name,lv_snapshot_invalid')).toContain('_snapshot-1');
    const copied = await store.createFromSnapshot(volume('volume-2', 64), 'snapshot-1');
    await doWork(copied);
    expect(await contentOf(await store.path('volume-2'), 64, [OLD, NEW])).toBe(OLD);
    await deleteSnapshot(store, 'snapshot-1');
    for (const name of ['volume-1', 'volume-2']) await deleteVolume(store, name);
  });

  it('are cloned while nobody writes to them', async () => {
    await store.create(volume('volume-1'));
    await fill(await store.path('volume-1'), 8, OLD);
    await expect(store.clone(volume('volume-2'), 'volume-1', { sourceInUse: true })).rejects.toEqual(
      code('INVALID_VOLUME'),
    );
    await expect(store.clone(volume('volume-2', 4), 'volume-1', { sourceInUse: false })).rejects.toEqual(
      code('SIZE_UNSUPPORTED'),
    );
    await doWork(await store.clone(volume('volume-2'), 'volume-1', { sourceInUse: false }));
    expect(await contentOf(await store.path('volume-2'), 8, [OLD])).toBe(OLD);
    for (const name of ['volume-1', 'volume-2']) await deleteVolume(store, name);
  });

  it('grow while they are open, but not with snapshots', async () => {
    await store.create(volume('volume-1'));
    const path = await store.path('volume-1');
    const held = await open(path, 'r');
    expect(await store.extend('volume-1', bytes(16 * MIB))).toBe(16 * MIB);
    expect(await store.extend('volume-1', bytes(16 * MIB))).toBe(16 * MIB);
    await expect(store.extend('volume-1', bytes(8 * MIB))).rejects.toEqual(code('SIZE_UNSUPPORTED'));
    await expect(store.extend('volume-1', bytes(1024 * MIB))).rejects.toEqual(code('NO_SPACE'));
    expect((await run('blockdev', ['--getsize64', path])).stdout.trim()).toBe(String(16 * MIB));
    await store.snapshot('snapshot-1', 'volume-1', { volumeInUse: true });
    await expect(store.extend('volume-1', bytes(24 * MIB))).rejects.toEqual(code('INVALID_VOLUME'));
    await held.close();
    expect(await store.extend('volume-1', bytes(24 * MIB))).toBe(24 * MIB);
    expect((await run('blockdev', ['--getsize64', path])).stdout.trim()).toBe(String(24 * MIB));
    // A snapshot is of the size that its volume had.
    expect(await store.listOwned()).toMatchObject(
      expect.arrayContaining([expect.objectContaining({ kind: 'snapshot', size: 16 * MIB })]),
    );
    await doWork(await store.createFromSnapshot(volume('volume-2', 16), 'snapshot-1'));
    await deleteSnapshot(store, 'snapshot-1');
    for (const name of ['volume-1', 'volume-2']) await deleteVolume(store, name);
  });

  it('are adopted by their name in the group, and let go of', async () => {
    await run('lvcreate', ['--yes', '--name', 'found', '--size', '12m', group.name]);
    await fill(`/dev/${group.name}/found`, 12, OLD);
    const reference = { 'source-name': 'found' };
    expect(await store.listOwned()).toEqual([]);
    expect(await store.manageExistingGetSize(reference)).toBe(12 * MIB);
    {
      await using _held = await open(`/dev/${group.name}/found`, 'r');
      await expect(store.manageExisting('volume-1', reference)).rejects.toEqual(code('INVALID_REFERENCE'));
    }
    await store.create(volume('volume-9'));
    await expect(store.manageExisting('volume-9', reference)).rejects.toEqual(code('ALREADY_EXISTS'));
    for (const bad of [
      {},
      { 'source-name': '' },
      { 'source-name': 'none' },
      { 'source-name': '../x' },
      { 'source-name': 'volume-9' },
    ]) {
      await expect(store.manageExisting('volume-1', bad)).rejects.toEqual(code('INVALID_REFERENCE'));
    }
    await store.manageExisting('volume-1', reference);
    await store.manageExisting('volume-1', reference);
    expect(await contentOf(await store.path('volume-1'), 12, [OLD])).toBe(OLD);
    await store.unmanage('volume-1');
    await store.unmanage('volume-1');
    expect(await store.delete('volume-1')).toEqual({ work: [] });
    await expect(store.create(volume('volume-1', 12))).rejects.toEqual(code('ALREADY_EXISTS'));
    await store.manageExisting('volume-2', { 'source-name': 'volume-1' });
    for (const name of ['volume-2', 'volume-9']) await deleteVolume(store, name);
  });

  it('appear again after everything was deactivated, or a command was killed in the middle', async () => {
    await store.create(volume('volume-1'));
    await run('vgchange', ['--activate', 'n', group.name]);
    const path = await store.path('volume-1');
    expect(await contentOf(path, 8, [])).toBe('zero');
    await run('dmsetup', ['suspend', path]);
    expect(await store.path('volume-1')).toBe(path);
    expect(await contentOf(path, 8, [])).toBe('zero');
    await deleteVolume(store, 'volume-1');
  });

  it('belong to one backend of several in a group', async () => {
    const other = await openStore(group.name, { lvm_type: 'default' }, 'other');
    await store.create(volume('volume-1'));
    await other.create(volume('volume-2'));
    expect((await store.listOwned()).map(({ name }) => name)).toEqual(['volume-1']);
    expect((await other.listOwned()).map(({ name }) => name)).toEqual(['volume-2']);
    await expect(other.create(volume('volume-1'))).rejects.toEqual(code('ALREADY_EXISTS'));
    expect(await other.delete('volume-1')).toEqual({ work: [] });
    await deleteVolume(store, 'volume-1');
    await deleteVolume(other, 'volume-2');
  });

  it('are made and removed by several processes at once', async () => {
    await churn('default');
    await deleteVolume(store, 'volume-shared');
  });

  it('are zeroed before use where the free extents are not known to be zero', async () => {
    // Not wiped: shows that the test can see what it looks for, and ends the knowledge.
    const careless = await openStore(group.name, { lvm_type: 'default', volume_clear: 'none' });
    await careless.create(volume('volume-1', 64));
    await fill(await careless.path('volume-1'), 64, OLD);
    expect(await careless.delete('volume-1')).toEqual({ work: [] });
    expect((await run('vgs', ['--noheadings', '--options', 'vg_tags', group.name])).stdout.trim()).toBe('');
    expect(await careless.create(volume('volume-1', 16))).toEqual({ work: [] });
    expect(await contentOf(await careless.path('volume-1'), 15, [OLD], 1)).toBe(OLD);
    await careless.delete('volume-1');

    const made = await store.create(volume('volume-1', 16));
    expect(made.work).toMatchObject([{ kind: 'wipe', length: 16 * MIB }]);
    await doWork(made);
    expect(await store.extend('volume-1', bytes(32 * MIB))).toBe(32 * MIB);
    expect(await contentOf(await store.path('volume-1'), 32, [OLD])).toBe('zero');
    await doWork(await store.clone(volume('volume-2', 32), 'volume-1', { sourceInUse: false }));
    expect(await contentOf(await store.path('volume-2'), 32, [OLD])).toBe('zero');
    for (const name of ['volume-1', 'volume-2']) await deleteVolume(store, name);
  });

  async function churn(type: string): Promise<void> {
    const program = `${import.meta.dirname}/../../support/lvmChurn.ts`;
    const runs = ['a', 'b', 'c'].map((prefix) =>
      run(process.execPath, ['--conditions=scoria-source', program, group.name, type, 3, prefix], {
        deadlineMs: 280_000,
      }),
    );
    for (const { stdout } of await Promise.all(runs)) expect(JSON.parse(stdout)).toEqual([]);
  }
});

describe('thin volumes', () => {
  let group: VolumeGroup;
  let store: BackingStore;
  const pool = 'lab-thin-pool';
  beforeAll(async () => {
    group = await makeVolumeGroup('lab-thin', {
      size: 256 * MIB,
      extentSize: EXTENT,
      filling: Buffer.from(OLD),
    });
    // Nothing is in the group, and the host can: thin, in a pool that is made.
    store = await openStore(group.name, { max_over_subscription_ratio: 5 });
    expect(await store.probe()).toEqual({ state: 'ready', reason: '' });
  });
  afterEach(async () => {
    const left = (await lvs(group.name, 'lv_name,lv_tags')).filter((line) => !line.startsWith(pool));
    for (const line of left)
      await run('lvremove', ['--force', '--yes', `${group.name}/${line.split(' ')[0]}`], {
        exitCodes: 'any',
      });
    expect(left).toEqual([]);
  });
  afterAll(() => group[Symbol.asyncDispose]());

  it('are made in a pool, larger together than it is, and read as zero', async () => {
    expect(await lvs(group.name, 'lv_name,lv_tags')).toEqual([`${pool} scoria.pool`]);
    await store.create(volume('volume-1', 1024));
    await store.create(volume('volume-1', 1024));
    await expect(store.create(volume('volume-1', 2048))).rejects.toEqual(code('ALREADY_EXISTS'));
    const path = await store.path('volume-1');
    expect(await store.identity?.('volume-1')).toEqual({ type: 'dm', uuid: await table(path) });
    await using file = await open(path, 'r+');
    // Less than a chunk of the pool: the rest of it must not show what the disk held.
    await file.write(Buffer.alloc(4096, NEW), 0, 4096, 16 * MIB);
    await file.sync();
    const { buffer } = await file.read(Buffer.alloc(MIB), 0, MIB, 16 * MIB);
    expect(buffer.subarray(4096).every((byte) => byte === 0)).toBe(true);
    await file.close();
    const [stats] = await store.pools();
    expect(stats).toMatchObject({
      provisionedCapacity: 1024 * MIB,
      maxOverSubscriptionRatio: 5,
      thinProvisioning: true,
      thickProvisioning: false,
    });
    expect(stats?.totalCapacity).toBeLessThan(256 * MIB);
    expect(stats?.freeCapacity).toBeGreaterThan(200 * MIB);
    expect(stats?.freeCapacity).toBeLessThan(Number(stats?.totalCapacity));
    expect(await store.delete('volume-1')).toEqual({ work: [] });
    expect(await store.listOwned()).toEqual([]);
  });

  it('have snapshots and clones at once, of volumes in use too, larger ones too', async () => {
    await store.create(volume('volume-1', 16));
    const path = await store.path('volume-1');
    await fill(path, 16, OLD);
    await using held = await open(path, 'r+');
    expect(await store.snapshot('snapshot-1', 'volume-1', { volumeInUse: true })).toEqual({ work: [] });
    expect(await store.snapshot('snapshot-1', 'volume-1', { volumeInUse: true })).toEqual({ work: [] });
    await fill(path, 16, NEW);
    for (let time = 0; time < 2; time += 1) {
      expect(await store.createFromSnapshot(volume('volume-2', 24), 'snapshot-1')).toEqual({ work: [] });
      expect(await store.clone(volume('volume-3', 16), 'volume-1', { sourceInUse: true })).toEqual({
        work: [],
      });
    }
    await expect(store.clone(volume('volume-3', 20), 'volume-1', { sourceInUse: true })).rejects.toEqual(
      code('ALREADY_EXISTS'),
    );
    await expect(store.clone(volume('volume-4', 8), 'volume-1', { sourceInUse: true })).rejects.toEqual(
      code('SIZE_UNSUPPORTED'),
    );
    expect(await contentOf(await store.path('volume-2'), 16, [OLD, NEW])).toBe(OLD);
    expect(await contentOf(await store.path('volume-2'), 8, [OLD, NEW], 16)).toBe('zero');
    expect(await contentOf(await store.path('volume-3'), 16, [OLD, NEW])).toBe(NEW);
    expect(await store.extend('volume-1', bytes(32 * MIB))).toBe(32 * MIB);
    expect((await run('blockdev', ['--getsize64', path])).stdout.trim()).toBe(String(32 * MIB));
    await held.close();
    // Snapshots are thin volumes of their own: what they are of may go first.
    expect(await store.delete('volume-1')).toEqual({ work: [] });
    expect(await store.createFromSnapshot(volume('volume-4', 16), 'snapshot-1')).toEqual({ work: [] });
    expect(await contentOf(await store.path('volume-4'), 16, [OLD, NEW])).toBe(OLD);
    for (const name of ['volume-2', 'volume-3', 'volume-4']) await store.delete(name);
    expect(await store.deleteSnapshot('snapshot-1')).toEqual({ work: [] });
    await store.deleteSnapshot('snapshot-1');
  });

  it('that a killed process was making are finished by the same request, and seen by nobody before', async () => {
    await store.create(volume('volume-1', 8));
    const half = ['--addtag', 'scoria.owner=lab', '--addtag', 'scoria.volume=volume-2'];
    await run('lvcreate', [
      ...['--yes', '--snapshot', '--setactivationskip', 'n', '--name', 'volume-2', ...half],
      ...['--addtag', 'scoria.shared', '--addtag', 'scoria.making', `${group.name}/volume-1`],
    ]);
    await expect(store.path('volume-2')).rejects.toEqual(code('NOT_FOUND'));
    expect(await store.clone(volume('volume-2', 16), 'volume-1', { sourceInUse: false })).toEqual({
      work: [],
    });
    expect(await contentOf(await store.path('volume-2'), 16, [])).toBe('zero');
    for (const name of ['volume-1', 'volume-2']) await store.delete(name);
  });

  it('appear after a restart of the host, snapshots that are only read as well', async () => {
    await store.create(volume('volume-1', 8));
    await fill(await store.path('volume-1'), 8, OLD);
    await store.snapshot('snapshot-1', 'volume-1', { volumeInUse: false });
    await run('vgchange', ['--activate', 'n', group.name]);
    const again = await openStore(group.name);
    expect(await contentOf(await again.path('volume-1'), 8, [OLD])).toBe(OLD);
    // A thick volume is filled from the snapshot, which has to appear for that.
    const thick = await openStore(group.name, { lvm_type: 'default' });
    const copied = await thick.createFromSnapshot(volume('volume-2', 8), 'snapshot-1');
    await doWork(copied);
    expect(await contentOf(await again.path('volume-2'), 8, [OLD])).toBe(OLD);
    await deleteVolume(again, 'volume-2');
    await store.deleteSnapshot('snapshot-1');
    await store.delete('volume-1');
  });

  it('are made and removed by several processes at once', async () => {
    const program = `${import.meta.dirname}/../../support/lvmChurn.ts`;
    const runs = ['a', 'b', 'c'].map((prefix) =>
      run(process.execPath, ['--conditions=scoria-source', program, group.name, 'thin', 3, prefix], {
        deadlineMs: 280_000,
      }),
    );
    for (const { stdout } of await Promise.all(runs)) expect(JSON.parse(stdout)).toEqual([]);
    await store.delete('volume-shared');
  });

  it('are not had from a pool that does not zero its blocks', async () => {
    await run('lvchange', ['--zero', 'n', `${group.name}/${pool}`]);
    const refused = await openStore(group.name);
    await expect(refused.create(volume('volume-1'))).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
      details: { option: 'lvm_thin_pool' },
    });
    await run('lvchange', ['--zero', 'y', `${group.name}/${pool}`]);
    await refused.create(volume('volume-1'));
    await refused.delete('volume-1');
  });

  it('make the backend degraded when their pool is nearly full', async () => {
    await store.create(volume('volume-1', 512));
    const [empty] = await store.pools();
    await fill(await store.path('volume-1'), Math.ceil((Number(empty?.totalCapacity) * 0.96) / MIB), NEW);
    await waitFor('the pool to be full in reports', async () => (await store.probe()).state === 'degraded');
    const [stats] = await store.pools();
    expect(stats?.freeCapacity).toBeLessThan(25 * MIB);
    await store.delete('volume-1');
    await waitFor('the pool to have room', async () => (await store.probe()).state === 'ready');
  });
});

describe('a group', () => {
  it('that holds something else has thick volumes by default', async () => {
    await using group = await makeVolumeGroup('lab-mixed', {
      size: 128 * MIB,
      extentSize: EXTENT,
      tags: ['scoria.zeroed'],
    });
    await run('lvcreate', ['--yes', '--name', 'root', '--size', '8m', group.name]);
    const store = await openStore(group.name);
    await store.create(volume('volume-1'));
    expect(await store.listOwned()).toMatchObject([{ detail: { type: 'thick' } }]);
    await expect(store.create(volume('root'))).rejects.toEqual(code('ALREADY_EXISTS'));
    expect(await store.delete('root')).toEqual({ work: [] });
    await deleteVolume(store, 'volume-1');
    expect(await lvs(group.name, 'lv_name')).toEqual(['root']);
  });

  it('that is gone is not an empty one', async () => {
    const store = await openStore('lab-gone');
    expect(await store.probe()).toMatchObject({
      state: 'absent',
      reason: expect.stringContaining('lab-gone'),
    });
    await expect(store.delete('volume-1')).rejects.toEqual(code('BACKEND_UNAVAILABLE'));
    await using group = await makeVolumeGroup('lab-gone', {
      size: 64 * MIB,
      extentSize: EXTENT,
      tags: ['scoria.zeroed'],
    });
    const late = await openStore(group.name, { lvm_type: 'default' });
    await late.create(volume('volume-1'));
    await run('vgrename', [group.name, 'lab-away']);
    try {
      await expect(late.delete('volume-1')).rejects.toEqual(code('BACKEND_UNAVAILABLE'));
      await expect(late.listOwned()).rejects.toEqual(code('BACKEND_UNAVAILABLE'));
      expect(await late.probe()).toMatchObject({ state: 'absent' });
    } finally {
      await run('vgrename', ['lab-away', group.name]);
    }
    await deleteVolume(late, 'volume-1');
  });
});
