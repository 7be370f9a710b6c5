import { bytes, MIB } from '@scoria/core/contract';
import { describe, expect, it } from 'vitest';
import type { CaseContext } from '../support/combination.ts';
import { deleteSnapshot } from '../support/deletion.ts';
import { newSnapshot, newVolume } from '../support/objects.ts';
import { runWork } from '../support/runWork.ts';

/** Snapshots, and volumes made from them. */
export function snapshotCases({ backend, owner }: CaseContext): void {
  const owned = async (kind: string): Promise<(string | null)[]> =>
    (await backend().client.listOwned({})).objects
      .filter((each) => each.kind === kind)
      .map(({ name }) => name);

  describe('snapshots', () => {
    it('SNAP-CREATE-001 takes one snapshot of two equal requests', async () => {
      const { client } = backend();
      const snapshot = owner().snapshot(await owner().made());
      const first = await client.createSnapshot({ snapshot });
      expect(await client.createSnapshot({ snapshot })).toEqual(first);
      await runWork(first.work);
      expect(await owned('snapshot')).toHaveLength(1);
    });

    it('SNAP-CREATE-002 takes none of what is not there', async () => {
      await expect(
        backend().client.createSnapshot({ snapshot: newSnapshot(newVolume()) }),
      ).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(await owned('snapshot')).toEqual([]);
    });

    it('SNAP-CREATE-003 is the same after the driver was killed', async () => {
      const { client, killAndWait } = backend();
      const snapshot = await owner().taken(await owner().made());
      await killAndWait();
      await runWork((await client.createSnapshot({ snapshot })).work);
      expect(await owned('snapshot')).toHaveLength(1);
    });

    it('SNAP-DELETE-001 deletes what is not there', async () => {
      await backend().client.deleteSnapshot({ snapshot: newSnapshot(newVolume()) });
    });

    it('SNAP-DELETE-002 deletes twice', async () => {
      const { client } = backend();
      const snapshot = await owner().taken(await owner().made());
      await deleteSnapshot(client, snapshot);
      await deleteSnapshot(client, snapshot);
      expect(await owned('snapshot')).toEqual([]);
      expect(await owned('volume')).toHaveLength(1);
    });

    it.each([0, MIB])('SNAP-CLONE-001 makes a volume of %d bytes more', async (more) => {
      const { client } = backend();
      const source = await owner().made();
      const snapshot = await owner().taken(source);
      const volume = owner().volume({ size: bytes(source.size + more) });
      const first = await client.createVolumeFromSnapshot({ volume, snapshot });
      expect(await client.createVolumeFromSnapshot({ volume, snapshot })).toEqual(first);
      await runWork(first.work);
      expect(await owned('volume')).toHaveLength(2);
    });

    it('SNAP-CLONE-002 makes no volume that is smaller', async () => {
      const source = await owner().made();
      const snapshot = await owner().taken(source);
      const volume = owner().volume({ size: bytes(source.size - MIB) });
      await expect(backend().client.createVolumeFromSnapshot({ volume, snapshot })).rejects.toMatchObject({
        code: 'SIZE_UNSUPPORTED',
      });
      expect(await owned('volume')).toEqual([source.name]);
    });

    it('SNAP-CLONE-003 makes no volume of a snapshot that is not there', async () => {
      const source = await owner().made();
      const volume = owner().volume();
      await expect(
        backend().client.createVolumeFromSnapshot({ volume, snapshot: newSnapshot(source) }),
      ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });
}
