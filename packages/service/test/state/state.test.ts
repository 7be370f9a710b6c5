import fs, { statSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { gibToBytes, Secret } from '@scoria/core/contract';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { ListQuery } from '../../src/model/index.ts';
import { openState } from '../../src/state/index.ts';
import { migrate } from '../../src/state/migrate.ts';
import { migrations } from '../../src/state/migrations/index.ts';
import { scratchDirectory, scratchState, volumeRecord } from '../fixtures/scratchState.ts';

const query = (change: Partial<ListQuery> = {}): ListQuery => ({
  allProjects: true,
  limit: null,
  offset: 0,
  marker: null,
  sort: [],
  filters: {},
  likeFilters: {},
  metadata: {},
  timeFilters: [],
  ...change,
});

test('the database and its companions are readable by their owner only', async () => {
  const { state, path } = await scratchState();
  await state.transaction((tables) => tables.volumes.insert(volumeRecord()), { durable: true });
  for (const file of [path, `${path}-wal`, `${path}-shm`]) expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('what was committed is made durable by one flush, and nothing by none', async () => {
  const { state } = await scratchState();
  const flushes = vi.spyOn(fs, 'fdatasync');
  syncBuiltinESMExports();
  onTestFinished(() => {
    flushes.mockRestore();
    syncBuiltinESMExports();
  });
  await state.makeDurable();
  const before = flushes.mock.calls.length;
  await state.makeDurable();
  expect(flushes).toHaveBeenCalledTimes(before);
  await state.volumes.insert(volumeRecord());
  await state.makeDurable();
  await state.makeDurable();
  expect(flushes).toHaveBeenCalledTimes(before + 1);
  // An intent that was flushed by its own transaction is not flushed again.
  await state.transaction(({ volumes }) => volumes.insert(volumeRecord()), { durable: true });
  await state.makeDurable();
  expect(flushes).toHaveBeenCalledTimes(before + 2);
  // What another request has under way is counted, but not committed: it has to be asked for again.
  const inserted = Promise.withResolvers<void>();
  const commit = Promise.withResolvers<void>();
  const writing = state.transaction(async ({ volumes }) => {
    await volumes.insert(volumeRecord());
    inserted.resolve();
    await commit.promise;
  });
  await inserted.promise;
  await state.makeDurable();
  commit.resolve();
  await writing;
  await state.makeDurable();
  expect(flushes).toHaveBeenCalledTimes(before + 4);
});

test('after a flush that failed nothing is said to be durable any more', async () => {
  const { state } = await scratchState();
  const lost = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
  const flushes = vi.spyOn(fs, 'fdatasync').mockImplementationOnce((_fd, done) => done(lost));
  syncBuiltinESMExports();
  onTestFinished(() => {
    flushes.mockRestore();
    syncBuiltinESMExports();
  });
  await state.volumes.insert(volumeRecord());
  await expect(state.makeDurable()).rejects.toBe(lost);
  // The kernel would say that all is well now.
  await expect(state.makeDurable()).rejects.toBe(lost);
  const insert = () => state.transaction(({ volumes }) => volumes.insert(volumeRecord()), { durable: true });
  await expect(insert()).rejects.toBe(lost);
});

test('a volume survives closing and opening, secret and metadata included', async () => {
  const path = join(scratchDirectory(), 'state.db');
  const first = await openState(path);
  const volume = volumeRecord({
    providerAuth: new Secret('CHAP user s3cret'),
    adminMetadata: { readonly: 'True' },
  });
  await first.transaction(async (tables) => {
    await tables.volumes.insert(volume);
    await tables.volumeMetadata.merge(volume.id, { a: '1', b: 'é"\n' });
  });
  await first.close();
  const second = await openState(path);
  const found = await second.volumes.find(volume.id);
  await second.close();
  expect(found).toEqual({ ...volume, metadata: { a: '1', b: 'é"\n' } });
  expect(found?.providerAuth?.reveal()).toBe('CHAP user s3cret');
  expect(JSON.stringify(found)).not.toContain('s3cret');
});

test('migrations apply once, and a database of a newer version is refused', () => {
  const database = new Database(':memory:');
  migrate(database);
  migrate(database);
  expect(database.prepare('SELECT count(*) AS n FROM schema_migrations').get()).toEqual({
    n: migrations.length,
  });
  expect(() => migrate(database, [])).toThrow(/does not know/);
  database.close();
});

test('a transaction that throws leaves nothing', async () => {
  const { state } = await scratchState();
  const volume = volumeRecord();
  const failing = state.transaction(async (tables) => {
    await tables.volumes.insert(volume);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await state.volumes.find(volume.id)).toBeUndefined();
});

test('concurrent durable transactions all commit', async () => {
  const { state } = await scratchState();
  const volumes = Array.from({ length: 40 }, () => volumeRecord());
  await Promise.all(
    volumes.map((volume) => state.transaction((tables) => tables.volumes.insert(volume), { durable: true })),
  );
  expect((await state.volumes.list(query(), null)).items).toHaveLength(40);
});

test('compare-and-set: of many that race for one transition exactly one wins', async () => {
  const { state } = await scratchState();
  const volume = volumeRecord();
  await state.volumes.insert(volume);
  const won = await Promise.all(
    Array.from({ length: 20 }, () =>
      state.volumes.transition(volume.id, ['available'], { status: 'deleting' }, { remember: true }),
    ),
  );
  expect(won.filter(Boolean)).toHaveLength(1);
  expect(await state.volumes.find(volume.id)).toMatchObject({
    status: 'deleting',
    previousStatus: 'available',
  });
});

test('guards hold a transition back', async () => {
  const { state } = await scratchState();
  const volume = volumeRecord();
  await state.volumes.insert(volume);
  await state.connections.open(volume.id, 'iqn:a', { initiator: 'iqn.2020-01.a:a' });
  const attempt = () =>
    state.volumes.transition(volume.id, ['available'], { status: 'deleting' }, { when: ['no-connections'] });
  expect(await attempt()).toBe(false);
  await state.connections.remove(volume.id, 'iqn:a');
  expect(await attempt()).toBe(true);
});

test('pages by marker follow one another without gap or repetition, with equal sort values', async () => {
  const { state } = await scratchState();
  const sizes = [3, 1, 2, 1, 3, 2, 1, 1, 2, 3];
  for (const size of sizes)
    await state.volumes.insert(
      volumeRecord({ size: gibToBytes(size), createdAt: '2026-01-01T00:00:00.000Z' }),
    );
  for (const direction of ['asc', 'desc'] as const) {
    const sort = [{ key: 'size', direction }];
    const all = (await state.volumes.list(query({ sort }), null)).items.map(({ id }) => id);
    const paged: string[] = [];
    for (;;) {
      const page = await state.volumes.list(query({ sort, limit: 3, marker: paged.at(-1) ?? null }), null);
      paged.push(...page.items.map(({ id }) => id));
      if (!page.hasMore) break;
    }
    expect(paged).toEqual(all);
    expect(new Set(paged).size).toBe(sizes.length);
  }
});

test('null names sort and page too', async () => {
  const { state } = await scratchState();
  for (const displayName of ['b', null, 'a', null]) await state.volumes.insert(volumeRecord({ displayName }));
  const sort = [{ key: 'name', direction: 'asc' }] as const;
  const first = await state.volumes.list(query({ sort, limit: 2 }), null);
  const second = await state.volumes.list(
    query({ sort, limit: 2, marker: first.items.at(-1)?.id ?? '' }),
    null,
  );
  expect([...first.items, ...second.items].map(({ displayName }) => displayName)).toEqual([
    null,
    null,
    'a',
    'b',
  ]);
});

test('filters: exact, substring, metadata, flag, time; and the total ignores the page', async () => {
  const { state } = await scratchState();
  const early = volumeRecord({
    displayName: 'Disk one',
    bootable: true,
    createdAt: '2026-01-01T00:00:00.000Z',
  });
  const late = volumeRecord({
    displayName: 'disk two',
    createdAt: '2026-02-01T00:00:00.000Z',
    projectId: 'project-b',
  });
  for (const volume of [early, late]) await state.volumes.insert(volume);
  await state.volumeMetadata.merge(early.id, { tier: 'gold', rack: '1' });
  await state.volumeMetadata.merge(late.id, { tier: 'gold' });
  const ids = async (change: Partial<ListQuery>, project: string | null = null) =>
    (await state.volumes.list(query(change), project)).items.map(({ id }) => id);
  expect(await ids({})).toEqual([late.id, early.id]);
  expect(await ids({}, 'project-b')).toEqual([late.id]);
  expect(await ids({ filters: { name: 'Disk one' } })).toEqual([early.id]);
  expect(await ids({ likeFilters: { name: 'DISK' } })).toEqual([late.id, early.id]);
  expect(await ids({ likeFilters: { name: '%' } })).toEqual([]);
  expect(await ids({ metadata: { tier: 'gold', rack: '1' } })).toEqual([early.id]);
  await state.volumeImageMetadata.merge(early.id, { os_distro: 'debian' });
  expect(await ids({ imageMetadata: { os_distro: 'debian' } })).toEqual([early.id]);
  expect(await ids({ imageMetadata: { os_distro: 'other' } })).toEqual([]);
  expect(await ids({ metadata: { os_distro: 'debian' } })).toEqual([]);
  expect(await ids({ filters: { bootable: 'true' } })).toEqual([early.id]);
  expect(
    await ids({ timeFilters: [{ column: 'created_at', operator: 'gt', value: '2026-01-15T00:00:00Z' }] }),
  ).toEqual([late.id]);
  const page = await state.volumes.list(query({ limit: 1 }), null);
  expect(page.hasMore).toBe(true);
  expect(await page.total()).toBe(2);
});

test.each([
  [{ filters: { nonsense: 'x' } }, /unknown filter "nonsense"; known: /],
  [{ filters: { "id' OR 1=1 --": 'x' } }, /unknown filter/],
  [{ sort: [{ key: 'constructor', direction: 'asc' as const }] }, /unknown sort key/],
  [{ filters: { size: 'big' } }, /not an integer/],
  [
    { timeFilters: [{ column: 'created_at' as const, operator: 'gt' as const, value: 'soon' }] },
    /not an ISO/,
  ],
])('a bad query is refused: %j', async (change, message) => {
  const { state } = await scratchState();
  await expect(state.volumes.list(query(change), null)).rejects.toThrow(message);
});

test('an unknown marker is not found', async () => {
  const { state } = await scratchState();
  await expect(state.volumes.list(query({ marker: 'gone' }), null)).rejects.toMatchObject({
    kind: 'VolumeNotFound',
  });
});

test('a row of another project is no marker: neither its existence nor its place is told', async () => {
  const { state } = await scratchState();
  const volume = volumeRecord();
  await state.transaction((tables) => tables.volumes.insert(volume));
  const marked = query({ marker: volume.id });
  expect((await state.volumes.list(marked, volume.projectId)).items).toEqual([]);
  await expect(state.volumes.list(marked, 'another')).rejects.toMatchObject({ kind: 'VolumeNotFound' });
});

test('the cost of an operation does not grow with the table', async () => {
  const { state, path } = await scratchState();
  await state.transaction(async (tables) => {
    for (let index = 0; index < 10_000; index += 1) await tables.volumes.insert(volumeRecord());
  });
  const database = new Database(path, { readonly: true });
  const plans = [
    'SELECT * FROM volumes WHERE project_id = ? ORDER BY created_at DESC, id DESC LIMIT 10',
    'SELECT * FROM volumes ORDER BY created_at DESC, id DESC LIMIT 10',
    "UPDATE volumes SET status = 'deleting' WHERE id = ? AND status IN ('available') AND NOT EXISTS (SELECT 1 FROM volumes c WHERE c.source_volume_id = volumes.id AND c.status = 'creating')",
    "SELECT id FROM journal_entries WHERE state IN ('running', 'undoing')",
  ].map((text) => database.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...(text.includes('?') ? ['x'] : [])));
  database.close();
  const details = plans.flat().map((row) => String((row as { detail: string }).detail));
  expect(details.filter((detail) => /^SCAN (volumes|c|journal_entries)$/.test(detail))).toEqual([]);
  expect(details.filter((detail) => detail.includes('TEMP B-TREE'))).toEqual([]);
});
