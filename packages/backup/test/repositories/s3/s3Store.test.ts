import { readdir } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type BackupStore, createBackupStore } from '../../../src/index.ts';
import type { S3RepositoryOptions } from '../../../src/repositories/s3/options.ts';
import { S3Repository } from '../../../src/repositories/s3/s3Repository.ts';
import {
  BLOCK,
  backupOf,
  content,
  endpoint,
  MIB,
  noise,
  rejection,
  testDirectory,
  testMover,
  writeDirty,
  writeVolume,
} from '../../harness.ts';
import { names } from '../repositorySuite.ts';
import { type Fault, type Passed, s3Error, startFaultyProxy } from './faultyProxy.ts';
import { bucketOptions, skipReason, useSwift } from './server.ts';

const server = useSwift();
const key = noise(32, 99);

interface Setting {
  readonly store: BackupStore;
  readonly repository: S3Repository;
  readonly options: S3RepositoryOptions;
  file(name: string): string;
}

/** An encrypted store in a new bucket; its requests go to `endpoint`, if given. */
async function setUp(changes: Parameters<typeof bucketOptions>[1] = {}): Promise<Setting> {
  const directory = testDirectory();
  const mover = testMover();
  const options = await bucketOptions(server(), { timeout_seconds: 5, ...changes });
  const repository = new S3Repository(options);
  const spoolDirectory = directory.file('spool');
  const store = createBackupStore({
    repository,
    mover,
    key,
    spoolDirectory,
    blockSize: BLOCK,
    packBytes: 2 * MIB,
  });
  onTestFinished(async () => {
    await store.close();
    expect(await readdir(spoolDirectory).catch(() => [])).toEqual([]);
    await mover[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  });
  await store.open();
  return { store, repository, options, file: directory.file };
}

async function restored({ store, file }: Setting, backupId: string, bytes: number): Promise<Buffer> {
  const path = file(`restored-${backupId}`);
  writeDirty(path, bytes, 0);
  await store.restore({ backupId, volumeId: 'v1', destination: endpoint(path) });
  return content(path);
}

describe.skipIf(skipReason !== undefined)('backups in a bucket', () => {
  it('come back equal, full and incremental, through a server of which every fifth answer is a fault', async () => {
    await using proxy = await startFaultyProxy(server().endpoint);
    const setting = await setUp({ endpoint: proxy.endpoint, timeout_seconds: 1, attempts: 10 });
    const faults: Fault[] = [
      s3Error(503, 'SlowDown'),
      { kind: 'refuse' },
      { kind: 'lose-answer' },
      { kind: 'cut-answer', after: 100 },
      { kind: 'answer', status: 500, body: '' },
      { kind: 'delay', ms: 50 },
    ];
    let requests = 0;
    proxy.fault = () => {
      requests += 1;
      return requests % 5 === 0 ? faults[(requests / 5) % faults.length] : undefined;
    };
    const volume = setting.file('volume');
    const first = Buffer.concat([noise(5 * MIB, 1), Buffer.alloc(2 * MIB), noise(12_345, 2)]);
    writeVolume(volume, first);
    await setting.store.create(backupOf(volume, 'full'));
    const second = Buffer.from(first);
    noise(200_000, 3).copy(second, 3 * MIB + 17);
    writeVolume(volume, second);
    await setting.store.create(backupOf(volume, 'incremental', 'full'));
    expect(first.equals(await restored(setting, 'full', first.length))).toBe(true);
    expect(second.equals(await restored(setting, 'incremental', second.length))).toBe(true);
    expect((await setting.store.verify({})).problems).toEqual([]);
    expect(requests).toBeGreaterThan(25);
  });

  it('are named when an object is damaged, cut or gone', async () => {
    const setting = await setUp();
    const volume = setting.file('volume');
    const bytes = noise(3 * MIB, 1);
    writeVolume(volume, bytes);
    await setting.store.create(backupOf(volume, 'full'));
    const [pack] = (await names(setting.repository, 'volumes/v1/packs/')).map(({ name }) => name);
    if (pack === undefined) throw new Error('there is no pack');
    const whole = Buffer.from(await setting.repository.get(pack));
    const damaged = Buffer.from(whole);
    damaged[whole.length >> 1] = (damaged[whole.length >> 1] ?? 0) ^ 1;
    const cases: [() => Promise<void>, string][] = [
      [() => setting.repository.put(pack, damaged), 'CORRUPT'],
      [() => setting.repository.put(pack, whole.subarray(0, whole.length - 1)), 'CORRUPT'],
      [() => setting.repository.remove(pack), 'OBJECT_MISSING'],
    ];
    for (const [harm, code] of cases) {
      await harm();
      expect(await rejection(restored(setting, 'full', bytes.length).then(() => 'restored'))).toMatchObject({
        code,
        object: pack,
      });
      const { problems } = await setting.store.verify({});
      expect(problems).toMatchObject([{ code, object: pack, backupIds: ['full'] }]);
    }
    await setting.repository.put(pack, whole);
    expect(bytes.equals(await restored(setting, 'full', bytes.length))).toBe(true);
  });

  it('say REPOSITORY_FULL at a quota, and go on once there is room', async () => {
    const setting = await setUp();
    const volume = setting.file('volume');
    const bytes = noise(6 * MIB, 1);
    writeVolume(volume, bytes);
    await server().setQuota(setting.options.bucket, 3 * MIB);
    expect(await rejection(setting.store.create(backupOf(volume, 'full')))).toMatchObject({
      code: 'REPOSITORY_FULL',
    });
    expect(await rejection(restored(setting, 'full', bytes.length).then(() => 'restored'))).toMatchObject({
      code: 'BACKUP_NOT_FOUND',
    });
    await server().setQuota(setting.options.bucket, 100 * MIB);
    await setting.store.create(backupOf(volume, 'full'));
    expect(bytes.equals(await restored(setting, 'full', bytes.length))).toBe(true);
  });

  it('say REPOSITORY_UNAVAILABLE when the server goes away in the middle of a restore', async () => {
    await using proxy = await startFaultyProxy(server().endpoint);
    const setting = await setUp({ endpoint: proxy.endpoint, timeout_seconds: 1, attempts: 2 });
    const volume = setting.file('volume');
    const bytes = noise(6 * MIB, 1);
    writeVolume(volume, bytes);
    await setting.store.create(backupOf(volume, 'full'));
    const isPack = ({ method, url }: Passed) => method === 'GET' && url.includes('/packs/');
    proxy.fault = (passed) => (isPack(passed) ? { kind: 'stall-answer', after: MIB } : undefined);
    expect(await rejection(restored(setting, 'full', bytes.length).then(() => 'restored'))).toMatchObject({
      code: 'REPOSITORY_UNAVAILABLE',
    });
  });
});
