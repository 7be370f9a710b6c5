import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackupRepository, RepositoryObject } from '../../src/index.ts';

/** What a kind of repository is tested with. */
export interface RepositoryUnderTest {
  /** An empty repository; several may exist at once. */
  make(): Promise<BackupRepository>;
}

/** Everything that the interface promises, whatever is behind it: the same for every kind of repository. */
export function repositorySuite(
  kind: string,
  skip: string | undefined,
  start: () => RepositoryUnderTest,
): void {
  describe.skipIf(skip !== undefined)(`repository: ${kind}`, () => {
    let spool: string;
    let repository: BackupRepository;

    beforeAll(async () => {
      spool = await mkdtemp(join(tmpdir(), 'repository-suite-'));
      repository = await start().make();
      await repository.open();
    });
    afterAll(async () => {
      await repository?.close();
      await rm(spool, { recursive: true, force: true });
    });

    it('opens as often as one likes, and is empty at first', async () => {
      const other = await start().make();
      await other.open();
      await other.open();
      expect(await names(other, '')).toEqual([]);
      await other.close();
    });

    it.each([
      ['nothing', 0],
      ['one byte', 1],
      ['some', 100_000],
      ['more than one part', 9 * 2 ** 20 + 13],
    ])('gives back what was put: %s', async (_, bytes) => {
      const content = randomBytes(bytes);
      await repository.put('a/content', content);
      expect(await repository.size('a/content')).toBe(bytes);
      expect(content.equals(await repository.get('a/content'))).toBe(true);
      const { path, release } = await repository.asFile('a/content', spool);
      expect(content.equals(await readFile(path))).toBe(true);
      await release();
      await release();
    });

    it('gives back what a file held, and its name shows it only then', async () => {
      const content = randomBytes(17 * 2 ** 20 + 5);
      const path = join(spool, 'source');
      await writeFile(path, content);
      const putting = repository.putFile('file/content', path);
      expect([null, content.byteLength]).toContain(await repository.size('file/content'));
      await putting;
      expect(content.equals(await repository.get('file/content'))).toBe(true);
      const copy = await repository.asFile('file/content', spool);
      expect(content.equals(await readFile(copy.path))).toBe(true);
      await copy.release();
      expect(content.equals(await repository.get('file/content'))).toBe(true);
    });

    it('leaves nothing in the spool', async () => {
      const before = await readdir(spool);
      await repository.put('spooled', randomBytes(10));
      const { release } = await repository.asFile('spooled', spool);
      await release();
      await expect(repository.asFile('not/there', spool)).rejects.toThrow();
      expect(await readdir(spool)).toEqual(before);
    });

    it('reads ranges', async () => {
      const content = randomBytes(50_000);
      await repository.put('ranges', content);
      await fc.assert(
        fc.asyncProperty(fc.nat(content.length), fc.nat(content.length), async (one, other) => {
          const offset = Math.min(one, other);
          const length = Math.abs(one - other);
          const piece = await repository.get('ranges', { offset, length });
          return content.subarray(offset, offset + length).equals(piece);
        }),
        { numRuns: 25, examples: [[0, 50_000]] },
      );
    });

    it('says CORRUPT of a range that the object does not have', async () => {
      await repository.put('short', randomBytes(10));
      await expect(repository.get('short', { offset: 5, length: 6 })).rejects.toMatchObject({
        code: 'CORRUPT',
        object: 'short',
      });
      await expect(repository.get('short', { offset: 10, length: 1 })).rejects.toMatchObject({
        code: 'CORRUPT',
      });
    });

    it('replaces an object', async () => {
      await repository.put('twice', Buffer.from('first and longer'));
      await repository.put('twice', Buffer.from('second'));
      expect(Buffer.from(await repository.get('twice')).toString()).toBe('second');
      expect(await names(repository, 'twice')).toEqual([{ name: 'twice', bytes: 6 }]);
    });

    it('knows what is not there', async () => {
      const missing = { code: 'OBJECT_MISSING', object: 'not/there' };
      expect(await repository.size('not/there')).toBeNull();
      await expect(repository.get('not/there')).rejects.toMatchObject(missing);
      await expect(repository.get('not/there', { offset: 0, length: 1 })).rejects.toMatchObject(missing);
      await expect(repository.asFile('not/there', spool)).rejects.toMatchObject(missing);
    });

    it('removes, also what is not there', async () => {
      await repository.put('removed/x', Buffer.from('x'));
      await repository.remove('removed/x');
      await repository.remove('removed/x');
      expect(await repository.size('removed/x')).toBeNull();
      expect(await names(repository, 'removed/')).toEqual([]);
    });

    it.each([
      '',
      '.',
      '..',
      '../x',
      'a/../b',
      'a//b',
      '/a',
      'a/',
      'A',
      'a b',
      'a\0b',
      'ä',
      '.hidden',
      'a/.b',
    ])('refuses the name %j, and touches nothing', async (name) => {
      for (const use of [
        () => repository.put(name, Buffer.from('x')),
        () => repository.get(name),
        () => repository.size(name),
        () => repository.remove(name),
      ])
        await expect(use()).rejects.toThrow();
    });

    it('is cancelled before it begins', async () => {
      const signal = AbortSignal.abort(new Error('no more'));
      for (const use of [
        () => repository.put('cancelled', Buffer.from('x'), signal),
        () => repository.get('short', undefined, signal),
        () => repository.size('short', signal),
        () => repository.remove('short', signal),
        () => names(repository, '', signal),
      ])
        await expect(use()).rejects.toMatchObject({ code: 'CANCELLED' });
      expect(await repository.size('cancelled')).toBeNull();
    });

    it('equals a map, whatever is put, replaced, removed and listed', async () => {
      const own = await start().make();
      await own.open();
      const model = new Map<string, Buffer>();
      const part = fc.constantFrom('a', 'b', 'a-b', 'a.b', 'ab', '0', '_');
      const name = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ name, content: fc.option(fc.uint8Array({ maxLength: 20 })) }), {
            maxLength: 12,
          }),
          fc.constantFrom('', 'a', 'a/', 'a-', 'b/a', 'zz'),
          async (steps, prefix) => {
            for (const step of steps) {
              // A directory cannot be a file as well: S3 would take both, the format never asks for it.
              if ([...model.keys()].some((key) => nested(key, step.name))) continue;
              if (step.content === null) {
                await own.remove(step.name);
                model.delete(step.name);
              } else {
                await own.put(step.name, step.content);
                model.set(step.name, Buffer.from(step.content));
              }
            }
            const expected = [...model]
              .filter(([key]) => key.startsWith(prefix))
              .map(([key, { byteLength: bytes }]) => ({ name: key, bytes }))
              .sort((one, other) => (one.name < other.name ? -1 : 1));
            expect(await names(own, prefix)).toEqual(expected);
            for (const [key, content] of model) expect(content.equals(await own.get(key))).toBe(true);
          },
        ),
        { numRuns: 12 },
      );
      await own.close();
    });
  });
}

/** All that a listing gives. */
export async function names(
  repository: BackupRepository,
  prefix: string,
  signal?: AbortSignal,
): Promise<RepositoryObject[]> {
  const found: RepositoryObject[] = [];
  for await (const { name, bytes } of repository.list(prefix, signal)) found.push({ name, bytes });
  return found;
}

function nested(one: string, other: string): boolean {
  return one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}
