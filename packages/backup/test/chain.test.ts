import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BackupStore, ByteExtent } from '../src/index.ts';
import {
  BLOCK,
  backupOf,
  content,
  endpoint,
  filesBelow,
  MIB,
  noise,
  openStore,
  type TestDirectory,
  testDirectory,
  testMover,
  writeDirty,
  writeVolume,
} from './harness.ts';

/** What may happen to a volume and its backups. Numbers are taken modulo whatever there is. */
type Step =
  | { readonly do: 'write'; readonly at: number; readonly length: number; readonly seed: number }
  | { readonly do: 'zero'; readonly at: number; readonly length: number }
  | { readonly do: 'move'; readonly from: number; readonly to: number; readonly blocks: number }
  | { readonly do: 'grow'; readonly bytes: number }
  | { readonly do: 'backup'; readonly parent: number | null; readonly told: boolean }
  | { readonly do: 'remove'; readonly which: number }
  | { readonly do: 'restore'; readonly which: number; readonly dirty: boolean; readonly tail: number };

const anywhere = fc.nat(2 ** 30);
const length = fc.oneof(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 9 * BLOCK }));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('write' as const), at: anywhere, length, seed: fc.nat(50) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('zero' as const), at: anywhere, length }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('move' as const),
      from: anywhere,
      to: anywhere,
      blocks: fc.integer({ min: 1, max: 4 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('grow' as const), bytes: fc.nat(3 * BLOCK) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('backup' as const),
      parent: fc.option(anywhere, { freq: 4 }),
      told: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), which: anywhere }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('restore' as const),
      which: anywhere,
      dirty: fc.boolean(),
      tail: fc.nat(10_000),
    }),
  },
);
const size = fc.oneof(
  { weight: 11, arbitrary: fc.integer({ min: 1, max: 20 * BLOCK }) },
  // Several index segments.
  { weight: 1, arbitrary: fc.integer({ min: 64 * MIB - 3, max: 140 * MIB }) },
);

/** A chain in which anything may happen, and what each backup has to give back. */
class ChainModel {
  readonly #store: BackupStore;
  readonly #directory: TestDirectory;
  readonly backups = new Map<string, Buffer>();
  #volume: Buffer;
  #made = 0;

  constructor(store: BackupStore, directory: TestDirectory, sizeBytes: number) {
    this.#store = store;
    this.#directory = directory;
    this.#volume = Buffer.alloc(sizeBytes);
  }

  async run(action: Step): Promise<void> {
    const volume = this.#volume;
    switch (action.do) {
      case 'write':
        volume.set(
          noise(action.length, action.seed).subarray(0, this.#room(action)),
          action.at % volume.length,
        );
        break;
      case 'zero':
        volume.fill(0, action.at % volume.length, (action.at % volume.length) + this.#room(action));
        break;
      case 'move': {
        const from = Math.floor((action.from % volume.length) / BLOCK) * BLOCK;
        const to = Math.floor((action.to % volume.length) / BLOCK) * BLOCK;
        volume.copy(volume, to, from, Math.min(from + action.blocks * BLOCK, volume.length));
        break;
      }
      case 'grow':
        this.#volume = Buffer.concat([volume, Buffer.alloc(action.bytes)]);
        break;
      case 'backup':
        await this.#backup(action.parent, action.told);
        break;
      case 'remove': {
        const id = this.#pick(action.which);
        if (id === undefined) break;
        await this.#store.remove({ volumeId: 'v1', backupId: id });
        this.backups.delete(id);
        break;
      }
      case 'restore': {
        const id = this.#pick(action.which);
        if (id !== undefined) await this.restore(id, action.dirty, action.tail);
      }
    }
  }

  async restore(backupId: string, dirty: boolean, tail: number): Promise<void> {
    const expected = this.backups.get(backupId) ?? Buffer.alloc(0);
    const path = this.#directory.file('destination');
    const before = dirty ? writeDirty(path, expected.length, tail) : Buffer.alloc(expected.length + tail);
    if (!dirty) writeVolume(path, before);
    await this.#store.restore({ volumeId: 'v1', backupId, destination: endpoint(path, !dirty) });
    const found = content(path);
    expect(found.subarray(0, expected.length).equals(expected)).toBe(true);
    expect(found.subarray(expected.length).equals(before.subarray(expected.length))).toBe(true);
  }

  async #backup(parent: number | null, told: boolean): Promise<void> {
    const parentId = parent === null ? null : (this.#pick(parent) ?? null);
    const before = parentId === null ? undefined : this.backups.get(parentId);
    this.#made += 1;
    const backupId = `b${this.#made}`;
    const path = this.#directory.file('volume');
    writeVolume(path, this.#volume);
    const changed = told && before !== undefined ? difference(before, this.#volume) : null;
    const request = { ...backupOf(path, backupId, parentId), changed };
    const made = await this.#store.create(request);
    expect(made).toMatchObject({
      backupId,
      parentId,
      sizeBytes: this.#volume.length,
      metadata: { name: backupId },
    });
    expect(await this.#store.create(request)).toEqual(made);
    this.backups.set(backupId, Buffer.from(this.#volume));
  }

  #pick(which: number): string | undefined {
    return [...this.backups.keys()][which % Math.max(1, this.backups.size)];
  }

  #room({ at, length: wanted }: { readonly at: number; readonly length: number }): number {
    return Math.min(wanted, this.#volume.length - (at % this.#volume.length));
  }
}

/** What a driver would say: pieces of 512 bytes that differ, as far as the older volume went. */
function difference(before: Buffer, now: Buffer): ByteExtent[] {
  const extents: ByteExtent[] = [];
  for (let offset = 0; offset < before.length; offset += 512) {
    const end = Math.min(offset + 512, before.length);
    if (!before.subarray(offset, end).equals(now.subarray(offset, end)))
      extents.push({ offset, length: end - offset });
  }
  return extents;
}

describe.each([
  { place: 'memory' as const, numRuns: 12 },
  // With ZERO_RANGE and a real disk.
  { place: 'disk' as const, numRuns: 3 },
])('in $place', ({ place, numRuns }) => {
  it('any chain gives back every backup, whatever was made, removed and restored in between', {
    timeout: 60_000,
  }, async () => {
    await using mover = testMover();
    await fc.assert(
      fc.asyncProperty(
        size,
        fc.array(step, { minLength: 3, maxLength: 14 }),
        fc.boolean(),
        async (bytes, steps, encrypted) => {
          using directory = testDirectory(place);
          const key = encrypted ? randomBytes(32) : null;
          const store = await openStore(mover, directory.file('repository'), { key });
          const chain = new ChainModel(store, directory, bytes);
          for (const action of steps) await chain.run(action);
          await chain.run({ do: 'backup', parent: 1, told: true });
          for (const [at, id] of [...chain.backups.keys()].entries())
            await chain.restore(id, at % 2 === 0, at);
          const report = await store.verify({});
          expect(report).toMatchObject({ backups: chain.backups.size, problems: [], unreferenced: [] });
          for (const backupId of chain.backups.keys()) await store.remove({ volumeId: 'v1', backupId });
          expect(filesBelow(directory.file('repository'))).toEqual(['scoria-backup.json']);
        },
      ),
      { numRuns },
    );
  });
});
