import { open } from 'node:fs/promises';
import { bytes, GIB, MIB, type Volume } from '@scoria/core/contract';
import { describe, expect, it } from 'vitest';
import { type CaseContext, MANY } from '../support/combination.ts';
import { deleteVolume } from '../support/deletion.ts';
import { newVolume } from '../support/objects.ts';
import { runWork } from '../support/runWork.ts';

/** Volumes: create, clone, extend, delete. */
export function volumeCases({ backend, owner, combination }: CaseContext): void {
  const sizeOf = async ({ name }: Volume): Promise<number | undefined> =>
    (await backend().client.listOwned({})).objects.find(
      (each) => each.kind === 'volume' && each.name === name,
    )?.size;

  describe('volumes', () => {
    it('VOL-CREATE-001 makes one volume of two equal requests', async () => {
      const { client } = backend();
      const volume = owner().volume();
      const first = await client.createVolume({ volume });
      expect(await client.createVolume({ volume })).toEqual(first);
      const owned = (await client.listOwned({})).objects.filter(({ name }) => name === volume.name);
      expect(owned.filter(({ kind }) => kind === 'volume')).toHaveLength(1);
    });

    it('VOL-CREATE-002 refuses another size under the same name', async () => {
      const { client } = backend();
      const volume = await owner().made();
      const other = { ...volume, size: bytes(volume.size + MIB) };
      await expect(client.createVolume({ volume: other })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
      expect(await sizeOf(volume)).toBe(volume.size);
    });

    it.each([MIB, MIB + 512, 3 * MIB + 4096, 10 * GIB])(
      'VOL-CREATE-003 makes exactly %d bytes',
      async (size) => {
        const volume = await owner().made({ size: bytes(size) });
        expect(await sizeOf(volume)).toBe(size);
      },
    );

    it.each([0, Number.MAX_SAFE_INTEGER])(
      'VOL-CREATE-004 refuses %d bytes and leaves nothing',
      async (size) => {
        const { client } = backend();
        const volume = owner().volume({ size: bytes(size) });
        const code = await client.createVolume({ volume }).then(
          () => 'made',
          (error: { code: string }) => error.code,
        );
        expect(['SIZE_UNSUPPORTED', 'NO_SPACE']).toContain(code);
        expect(await sizeOf(volume)).toBeUndefined();
      },
    );

    it('VOL-CREATE-005 takes a name of 128 characters', async () => {
      const volume = await owner().made({ name: `volume-${'x'.repeat(121)}` });
      expect(await sizeOf(volume)).toBe(volume.size);
    });

    it('VOL-CREATE-006 is the same after the driver was killed', async () => {
      const volume = await owner().made();
      await backend().killAndWait();
      expect(await backend().client.createVolume({ volume })).toMatchObject({ work: [] });
      expect(await sizeOf(volume)).toBe(volume.size);
    });

    it('VOL-CREATE-007 makes many at once', async () => {
      const { client } = backend();
      const volumes = Array.from({ length: combination.many ?? MANY }, () => owner().volume());
      await Promise.all(volumes.map((volume) => client.createVolume({ volume })));
      const { objects } = await client.listOwned({});
      expect(new Set(objects.map(({ name }) => name))).toEqual(new Set(volumes.map(({ name }) => name)));
    });

    it('VOL-CREATE-008 makes one of many equal requests at once', async () => {
      const { client } = backend();
      const volume = owner().volume();
      await Promise.all(Array.from({ length: 10 }, () => client.createVolume({ volume })));
      expect((await client.listOwned({})).objects).toHaveLength(1);
    });

    it('VOL-DELETE-001 deletes what is not there', async () => {
      await backend().client.deleteVolume({ volume: newVolume() });
    });

    it('VOL-DELETE-002 deletes twice, also after the driver was killed', async () => {
      const { client, killAndWait } = backend();
      const volume = await owner().made();
      await deleteVolume(client, volume);
      await deleteVolume(client, volume);
      await killAndWait();
      await deleteVolume(client, volume);
      expect(await sizeOf(volume)).toBeUndefined();
    });

    it('VOL-EXTEND-001 grows, twice to the same size', async () => {
      const { client } = backend();
      const volume = await owner().made();
      const newSize = bytes(volume.size + MIB);
      expect(await client.extendVolume({ volume, newSize })).toEqual({ size: newSize });
      expect(await client.extendVolume({ volume: { ...volume, size: newSize }, newSize })).toEqual({
        size: newSize,
      });
      expect(await client.extendVolume({ volume, newSize })).toEqual({ size: newSize });
      expect(await sizeOf(volume)).toBe(newSize);
    });

    it('VOL-EXTEND-002 never shrinks', async () => {
      const volume = await owner().made();
      const newSize = bytes(volume.size - MIB);
      await expect(backend().client.extendVolume({ volume, newSize })).rejects.toMatchObject({
        code: 'SIZE_UNSUPPORTED',
      });
      expect(await sizeOf(volume)).toBe(volume.size);
    });

    it('VOL-EXTEND-003 does not grow what is not there', async () => {
      await expect(
        backend().client.extendVolume({ volume: newVolume(), newSize: bytes(GIB) }),
      ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('VOL-EXTEND-004 grows what is exported', async () => {
      const { client } = backend();
      const volume = await owner().made();
      await client.createExport({ volume });
      const newSize = bytes(volume.size + 4 * MIB);
      expect(await client.extendVolume({ volume, newSize })).toEqual({ size: newSize });
      expect(await sizeOf(volume)).toBe(newSize);
    });

    it.each([0, MIB])('VOL-CLONE-001 clones into %d bytes more', async (more) => {
      const { client } = backend();
      const source = await owner().made();
      const volume = owner().volume({ size: bytes(source.size + more) });
      await runWork((await client.createClonedVolume({ volume, source })).work);
      expect(await sizeOf(volume)).toBe(source.size + more);
      expect(await sizeOf(source)).toBe(source.size);
    });

    it('VOL-CLONE-002 does not clone into less', async () => {
      const source = await owner().made();
      const volume = owner().volume({ size: bytes(source.size - MIB) });
      await expect(backend().client.createClonedVolume({ volume, source })).rejects.toMatchObject({
        code: 'SIZE_UNSUPPORTED',
      });
      expect(await sizeOf(volume)).toBeUndefined();
    });

    it('VOL-CLONE-003 does not clone what is not there', async () => {
      const volume = owner().volume();
      await expect(
        backend().client.createClonedVolume({ volume, source: newVolume() }),
      ).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await sizeOf(volume)).toBeUndefined();
    });

    it('VOL-CLONE-004 names the same work again until it is done', async () => {
      const { client } = backend();
      const source = await owner().made();
      const volume = owner().volume();
      const first = await client.createClonedVolume({ volume, source });
      expect(await client.createClonedVolume({ volume, source })).toEqual(first);
      await runWork(first.work);
    });

    it('VOL-CLONE-005 has the bytes of its source, and zeros behind them', async ({ skip }) => {
      const { client, supervisor } = backend();
      const source = await owner().made();
      const path = await client.localPath({ volume: source }).then(
        (found) => found.path,
        () => undefined,
      );
      if (path === undefined) return skip(`${supervisor.status.driver.name} has no bytes here`);
      const pattern = Buffer.alloc(source.size, 'scoria');
      await write(path, pattern);
      const volume = owner().volume({ size: bytes(source.size + MIB) });
      await runWork((await client.createClonedVolume({ volume, source })).work);
      const copy = await read((await client.localPath({ volume })).path, volume.size);
      expect(copy.subarray(0, source.size).equals(pattern)).toBe(true);
      expect(copy.subarray(source.size).every((byte) => byte === 0)).toBe(true);
    });

    it('VOL-PATH-001 has no path for what is not there', async ({ skip }) => {
      const { client, supervisor } = backend();
      if (!supervisor.status.driver.capabilities.includes('localPath')) return skip('no localPath');
      await expect(client.localPath({ volume: newVolume() })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });
}

async function write(path: string, content: Buffer): Promise<void> {
  await using file = await open(path, 'r+');
  await file.write(content, 0, content.length, 0);
}

async function read(path: string, length: number): Promise<Buffer> {
  await using file = await open(path, 'r');
  const content = Buffer.alloc(length);
  const { bytesRead } = await file.read(content, 0, length, 0);
  expect(bytesRead).toBe(length);
  return content;
}
