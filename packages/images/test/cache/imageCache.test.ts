import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DataMover } from '@scoria/data-mover';
import { startProcess, type TemporaryDirectory, temporaryDirectory, waitFor } from '@scoria-test/support';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createImageCache } from '../../src/cache/createImageCache.ts';
import { parseEntryName } from '../../src/cache/entryName.ts';
import type { ImageCache } from '../../src/cache/imageCache.ts';
import { DATA_BYTES, DISK_BYTES, diskOf, imageOf, readDisk, stage } from './disks.ts';

const never = new AbortController().signal;
const mover = new DataMover({ maxThreads: 2 });
let directory: TemporaryDirectory;
let count = 0;
let path: string;
const caches: ImageCache[] = [];

beforeAll(async () => {
  mover.start();
  directory = await temporaryDirectory('scoria-cache-');
});
afterAll(async () => {
  for (const cache of caches) await cache.close();
  await mover.close();
  await directory[Symbol.asyncDispose]();
});
beforeEach(() => {
  count += 1;
  path = join(directory.path, `cache-${count}`);
});

async function open(maxBytes = 2 ** 30, reader = mover): Promise<ImageCache> {
  const cache = await createImageCache({ directory: path, maxBytes, mover: reader });
  caches.push(cache);
  return cache;
}

const entries = (): string[] => readdirSync(join(path, 'entries'));
const holders = (): string[] => readdirSync(join(path, 'holders'));
const entryPath = (): string => join(path, 'entries', entries()[0] ?? '');

async function put(cache: ImageCache, number: number): Promise<void> {
  await (await cache.store(imageOf(number), stage(cache, number), never)).release();
}

describe('the image cache', () => {
  it('gives back what was stored, sparse, by checksum and format, whatever the id', async () => {
    const cache = await open();
    expect(await cache.lookup(imageOf(1), never)).toBeNull();
    const staged = stage(cache, 1);
    const stored = await cache.store(imageOf(1), staged, never);
    expect(existsSync(staged)).toBe(false);
    const found = await cache.lookup(imageOf(1, { id: 'another' }), never);
    if (found === null) throw new Error('it is not there');
    for (const held of [stored, found]) {
      const { dev, ino, size, blocks } = statSync(held.path);
      expect(readDisk(held).equals(diskOf(1))).toBe(true);
      expect(held).toMatchObject({ sizeBytes: DISK_BYTES, identity: { dev: String(dev), ino: String(ino) } });
      expect([size, blocks * 512]).toEqual([DISK_BYTES, DATA_BYTES]);
    }
    expect(found.path).not.toBe(stored.path);
    expect(await cache.lookup(imageOf(1, { diskFormat: 'raw' }), never)).toBeNull();
    expect(await cache.lookup(imageOf(2), never)).toBeNull();
    await stored.release();
    await stored.release();
    await found.release();
    expect(holders()).toEqual([]);
    await cache.close();
    expect(readdirSync(join(path, 'staging'))).toEqual([]);
    const again = await open();
    const later = await again.lookup(imageOf(1), never);
    expect(later !== null && readDisk(later).equals(diskOf(1))).toBe(true);
  });

  it.each([
    ['no checksum', { checksum: null }],
    ['MD5', { checksum: { algorithm: 'md5', hex: '0'.repeat(32) } }],
    ['SHA-1', { checksum: { algorithm: 'sha1', hex: '0'.repeat(40) } }],
    ['a checksum that is none', { checksum: { algorithm: 'sha256', hex: '../../../etc/passwd' } }],
    ['half a checksum', { checksum: { algorithm: 'sha512', hex: '0'.repeat(64) } }],
    ['no format', { diskFormat: null }],
    ['an unknown format', { diskFormat: '../raw' }],
  ] as const)('does not take an image with %s, and gives the disk back all the same', async (_, more) => {
    const cache = await open();
    const image = imageOf(1, more);
    expect(cache.accepts(image)).toBe(false);
    const held = await cache.store(image, stage(cache, 1), never);
    expect(readDisk(held).equals(diskOf(1))).toBe(true);
    expect(entries()).toEqual([]);
    expect(await cache.lookup(image, never)).toBeNull();
    await held.release();
    expect(holders()).toEqual([]);
  });

  it('removes an entry whose bytes changed, and one whose size is another', async () => {
    const first = await open();
    await put(first, 1);
    await first.close();
    chmodSync(entryPath(), 0o600);
    const bytes = readFileSync(entryPath());
    bytes.writeUInt8(bytes.readUInt8(1024 * 1024 + 5) ^ 1, 1024 * 1024 + 5);
    writeFileSync(entryPath(), bytes);
    const second = await open();
    expect(await second.lookup(imageOf(1), never)).toBeNull();
    expect([entries(), holders()]).toEqual([[], []]);
    await put(second, 1);
    const cut = entryPath();
    chmodSync(cut, 0o600);
    writeFileSync(cut, bytes.subarray(0, 100));
    expect(await second.lookup(imageOf(1), never)).toBeNull();
    expect(entries()).toEqual([]);
  });

  it('reads an entry once for many at the same time, and not at all when it is known', async () => {
    const first = await open();
    await put(first, 1);
    await first.close();
    const cache = await open();
    const aborter = new AbortController();
    const givingUp = cache.lookup(imageOf(1), aborter.signal);
    const all = Promise.all(Array.from({ length: 20 }, () => cache.lookup(imageOf(1), never)));
    aborter.abort();
    await expect(givingUp).rejects.toMatchObject({ code: 'CANCELLED' });
    const held = await all;
    expect(held.every((each) => each !== null)).toBe(true);
    expect(holders()).toHaveLength(20);
    await mover.close();
    try {
      expect(await cache.lookup(imageOf(1), never)).not.toBeNull();
    } finally {
      mover.start();
    }
    await cache.close();
    expect(holders()).toEqual([]);
  });

  it('reads an entry for the others when the one who asked first gives up before the pool has a thread for it', async () => {
    const first = await open();
    await put(first, 1);
    await first.close();
    const busy = new DataMover({ maxThreads: 1 });
    busy.start();
    const free = new AbortController();
    const slow = busy.digest({ path: entryPath(), io: { bytesPerSecond: 1 } }, { signal: free.signal });
    const cache = await open(undefined, busy);
    const givingUp = new AbortController();
    const lookups = [cache.lookup(imageOf(1), givingUp.signal), cache.lookup(imageOf(1), never)];
    await waitFor('both to wait for the reading', () => holders().length === 3);
    givingUp.abort();
    await expect(lookups[0]).rejects.toMatchObject({ code: 'CANCELLED' });
    free.abort();
    await expect(slow).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await lookups[1]).not.toBeNull();
    expect(holders()).toHaveLength(1);
    await cache.close();
    await busy.close();
  });

  it('does not lose an entry because the pool is closed', async () => {
    const first = await open();
    await put(first, 1);
    await first.close();
    const cache = await open();
    await mover.close();
    try {
      expect(await cache.lookup(imageOf(1), never)).toBeNull();
    } finally {
      mover.start();
    }
    expect(await cache.lookup(imageOf(1), never)).not.toBeNull();
  });

  it('evicts what was not used for longest, by the bytes that are allocated, but nothing that is held', async () => {
    const cache = await open(3 * DATA_BYTES);
    for (const number of [1, 2, 3]) await put(cache, number);
    age();
    const held = await cache.lookup(imageOf(2), never);
    await (await cache.lookup(imageOf(1), never))?.release();
    await put(cache, 4);
    expect(await numbersIn(cache)).toEqual([1, 2, 4]);
    age();
    await put(cache, 5);
    await put(cache, 6);
    expect(await numbersIn(cache)).toEqual([2, 5, 6]);
    expect(held !== null && readDisk(held).equals(diskOf(2))).toBe(true);
    await held?.release();
    const smaller = await open(DATA_BYTES);
    expect(await numbersIn(smaller)).toHaveLength(1);
    const tooLarge = await open(DATA_BYTES - 1);
    const alone = await tooLarge.store(imageOf(7), stage(tooLarge, 7), never);
    expect(readDisk(alone).equals(diskOf(7))).toBe(true);
    expect(entries()).toEqual([]);

    /** Makes all that is there old. */
    function age(): void {
      for (const name of entries()) {
        const file = join(path, 'entries', name);
        utimesSync(file, 1000, Math.floor(statSync(file).mtimeMs / 1000));
      }
    }
    async function numbersIn(of: ImageCache): Promise<number[]> {
      const there: number[] = [];
      const before = new Map(entries().map((name) => [name, statSync(join(path, 'entries', name)).atimeMs]));
      for (let number = 1; number < 9; number += 1) {
        const found = await of.lookup(imageOf(number), never);
        if (found !== null) there.push(number);
        await found?.release();
      }
      for (const [name, used] of before) {
        const file = join(path, 'entries', name);
        utimesSync(file, used / 1000, Math.floor(statSync(file).mtimeMs / 1000));
      }
      return there;
    }
  });

  it('keeps nothing when all that is there is held', async () => {
    const cache = await open(2 * DATA_BYTES);
    const held = [
      await cache.store(imageOf(1), stage(cache, 1), never),
      await cache.store(imageOf(2), stage(cache, 2), never),
    ];
    const third = await cache.store(imageOf(3), stage(cache, 3), never);
    expect(readDisk(third).equals(diskOf(3))).toBe(true);
    await third.release();
    expect(await cache.lookup(imageOf(3), never)).toBeNull();
    for (const each of held) await each.release();
    await put(cache, 3);
    expect(await cache.lookup(imageOf(3), never)).not.toBeNull();
  });

  it('sweeps what a process that is gone left, and evicts what it held', async () => {
    const cache = await open(2 * DATA_BYTES);
    await put(cache, 1);
    await put(cache, 2);
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    for (const name of entries())
      linkSync(join(path, 'entries', name), join(path, 'holders', `${boot}.4194999-1.${name.slice(-20)}`));
    await put(cache, 3);
    expect(await cache.lookup(imageOf(3), never)).not.toBeNull();
    expect(holders()).toHaveLength(1);
    mkdirSync(join(path, 'staging', `ffffffff.${process.pid}-1.x`));
    writeFileSync(join(path, 'staging', 'of nobody'), '');
    await open();
    expect(
      readdirSync(join(path, 'staging')).filter((name) => !name.startsWith(`${boot}.${process.pid}-`)),
    ).toEqual([]);
  });

  it('refuses a directory that others can write to', async () => {
    mkdirSync(path, { mode: 0o700 });
    chmodSync(path, 0o777);
    await expect(open()).rejects.toThrow(/only this user/);
  });

  it('takes nothing from elsewhere', async () => {
    const cache = await open();
    const elsewhere = join(directory.path, 'elsewhere');
    writeFileSync(elsewhere, 'x');
    await expect(cache.store(imageOf(1), elsewhere, never)).rejects.toThrow(/is not in/);
    expect(existsSync(elsewhere)).toBe(true);
    unlinkSync(elsewhere);
  });

  it('is what its model says, whatever is done in which order', async () => {
    const number = fc.integer({ min: 0, max: 3 });
    const step = fc.oneof(
      fc.record({ do: fc.constant('put' as const), number }),
      fc.record({ do: fc.constant('hold' as const), number }),
      fc.record({ do: fc.constant('release' as const), number }),
      fc.record({ do: fc.constant('reopen' as const), number }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        count += 1;
        path = join(directory.path, `cache-${count}`);
        let cache = await open(2 * DATA_BYTES);
        const held = new Map<number, Awaited<ReturnType<ImageCache['lookup']>>[]>();
        for (const { do: what, number: which } of steps) {
          const of = held.get(which) ?? [];
          if (what === 'put') of.push(await cache.store(imageOf(which), stage(cache, which), never));
          else if (what === 'hold') {
            const found = await cache.lookup(imageOf(which), never);
            // What is held in the cache cannot vanish from it, unless it never had room there.
            if (found !== null) of.push(found);
          } else if (what === 'release') await of.pop()?.release();
          else {
            await cache.close();
            cache = await open(2 * DATA_BYTES);
            held.clear();
          }
          if (what !== 'reopen') held.set(which, of);
          for (const [disk, all] of held)
            for (const each of all) expect(each !== null && readDisk(each).equals(diskOf(disk))).toBe(true);
          expect(entries().length).toBeLessThanOrEqual(2);
          expect(holders().length).toBe([...held.values()].flat().length);
        }
        await cache.close();
      }),
      { numRuns: 15 },
    );
  });

  it('has no half entry after processes that share it were killed at any moment', async () => {
    const program = new URL('./fixtures/busyCache.ts', import.meta.url).pathname;
    await using places = await temporaryDirectory('scoria-cache-kill-');
    path = join(places.path, 'shared');
    for (let round = 0; round < 8; round += 1) {
      const running = [1, 2].map((each) =>
        startProcess(process.execPath, [
          '--conditions=scoria-source',
          program,
          path,
          String(4 * DATA_BYTES),
          String(round * 100 + each),
        ]),
      );
      try {
        await waitFor('rounds of both', () =>
          running.every(
            (each) => each.child.exitCode !== null || (each.output().match(/ok/g)?.length ?? 0) > 3,
          ),
        );
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
      } finally {
        for (const each of running) await each.stop('SIGKILL');
      }
      for (const each of running) expect(each.output().replaceAll('ok\n', '')).toBe('');
      for (const name of entries()) {
        const said = parseEntryName(name);
        const bytes = readFileSync(join(path, 'entries', name));
        expect(said).toMatchObject({
          sizeBytes: bytes.length,
          sha256: createHash('sha256').update(bytes).digest('hex'),
        });
      }
      const cache = await open(4 * DATA_BYTES);
      expect(holders()).toEqual([]);
      expect(readdirSync(join(path, 'staging'))).toHaveLength(1);
      expect(entries().length).toBeLessThanOrEqual(4);
      await cache.close();
    }
  }, 60_000);
});
