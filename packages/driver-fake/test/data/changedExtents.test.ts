import { copyFile, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytes, MIB } from '@scoria/driver-sdk';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { openInProcess } from '../support/inProcess.ts';
import { snapshotOf, volume } from '../support/objects.ts';

const BLOCK = 64 * 1024;
const SIZE = 4 * MIB + 512;

async function written() {
  const folder = await mkdtemp(join(tmpdir(), 'scoria-fake-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const driver = await openInProcess({ fake_data_dir: folder });
  const one = volume({ size: bytes(SIZE) });
  await driver.createVolume({ volume: one });
  const path = (await driver.localPath({ volume: one })).path;
  const take = async () => {
    const snapshot = snapshotOf(one);
    await driver.createSnapshot({ snapshot });
    // What the service does where the filesystem has no reflinks.
    await copyFile(path, join(folder, 'snapshots', snapshot.name));
    return snapshot;
  };
  const write = async (offset: number, content: Buffer) => {
    const file = await open(path, 'r+');
    await file.write(content, 0, content.length, offset);
    await file.close();
  };
  return { driver, one, take, write };
}

it('names the blocks that differ and no others, page after page', async () => {
  const { driver, one, take, write } = await written();
  const edits = fc.array(
    fc.record({ offset: fc.nat(SIZE - 1), length: fc.integer({ min: 1, max: 100_000 }) }),
    {
      maxLength: 6,
    },
  );
  let generation = 1;
  await fc.assert(
    fc.asyncProperty(edits, fc.boolean(), async (changes, ofSnapshot) => {
      const base = await take();
      const changed = new Set<number>();
      generation += 1;
      for (const { offset, length } of changes) {
        const end = Math.min(SIZE, offset + length);
        await write(offset, Buffer.alloc(end - offset, 1 + (generation % 255)));
        for (let block = Math.floor(offset / BLOCK); block * BLOCK < end; block += 1) changed.add(block);
      }
      const current = ofSnapshot ? await take() : null;
      const named = new Set<number>();
      let last = 0;
      for (let from: number | null = 0; from !== null; ) {
        const page: Awaited<ReturnType<typeof driver.listChangedExtents>> = await driver.listChangedExtents({
          volume: one,
          base,
          current,
          from: bytes(from),
        });
        for (const { offset, length } of page.extents ?? []) {
          expect(offset).toBeGreaterThanOrEqual(last);
          last = offset + length;
          for (let at: number = offset; at < last; at += BLOCK) named.add(at / BLOCK);
        }
        from = page.next ?? null;
      }
      expect(last).toBeLessThanOrEqual(SIZE);
      expect([...named].sort((a, b) => a - b)).toEqual([...changed].sort((a, b) => a - b));
    }),
    { numRuns: 12 },
  );
});

it('does not compare with a snapshot that is not there', async () => {
  const { driver, one, take } = await written();
  const base = await take();
  await expect(driver.listChangedExtents({ volume: one, base: snapshotOf(one) })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  await expect(
    driver.listChangedExtents({ volume: one, base, current: snapshotOf(one) }),
  ).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
