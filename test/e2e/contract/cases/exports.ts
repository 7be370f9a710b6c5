import { describe, expect, it } from 'vitest';
import { type CaseContext, MANY } from '../support/combination.ts';
import { newVolume } from '../support/objects.ts';

/** Exports. */
export function exportCases({ backend, owner, combination }: CaseContext): void {
  const targets = async (): Promise<unknown[]> =>
    (await backend().client.listOwned({})).objects.filter(({ kind }) => kind === 'target');

  describe('exports', () => {
    it('EXP-CREATE-001 makes one export of two equal requests', async () => {
      const { client } = backend();
      const volume = await owner().made();
      const first = await client.createExport({ volume });
      expect(await client.createExport({ volume })).toEqual(first);
      expect(await targets()).toHaveLength(1);
    });

    it('EXP-CREATE-002 states where it is', async ({ skip }) => {
      if (combination.connections === 'fibre_channel') return skip('Fibre Channel has no location');
      const volume = await owner().made();
      const { update } = await backend().client.createExport({ volume });
      expect(update.providerLocation).toMatch(
        new RegExp(`^[^ ]+:\\d+,\\d+ iqn\\.[^ ]+:${volume.name} \\d+$`),
      );
    });

    it('EXP-CREATE-003 exports nothing that is not there', async () => {
      await expect(backend().client.createExport({ volume: newVolume() })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
      expect(await targets()).toEqual([]);
    });

    it('EXP-CREATE-004 gives nobody access', async () => {
      const { client } = backend();
      const volume = await owner().made();
      await client.createExport({ volume });
      expect((await client.listOwned({})).objects.map(({ kind }) => kind)).not.toContain('access');
    });

    it('EXP-CREATE-005 makes many at once, each its own', async () => {
      const { client } = backend();
      const count = combination.many ?? MANY;
      const volumes = await Promise.all(Array.from({ length: count }, () => owner().made()));
      const exported = await Promise.all(volumes.map((volume) => client.createExport({ volume })));
      if (combination.connections !== 'fibre_channel') {
        expect(new Set(exported.map(({ update }) => update.providerLocation)).size).toBe(count);
      }
      expect(await targets()).toHaveLength(count);
    });

    it('EXP-ENSURE-001 leaves an export as it is, and makes one that is missing', async () => {
      const { client } = backend();
      const volume = await owner().made();
      const missing = await client.ensureExport({ volume });
      expect(await client.ensureExport({ volume })).toEqual(missing);
      expect(await client.createExport({ volume })).toEqual(missing);
      expect(await targets()).toHaveLength(1);
    });

    it('EXP-ENSURE-002 is there after the driver was killed', async () => {
      const { client, killAndWait } = backend();
      const volume = await owner().made();
      await client.createExport({ volume });
      await killAndWait();
      await client.ensureExport({ volume });
      expect(await targets()).toHaveLength(1);
    });

    it('EXP-REMOVE-001 removes what is not there', async () => {
      const { client } = backend();
      await client.removeExport({ volume: newVolume() });
      await client.removeExport({ volume: await owner().made() });
    });

    it('EXP-REMOVE-002 removes twice, and leaves the volume', async () => {
      const { client } = backend();
      const volume = await owner().made();
      await client.createExport({ volume });
      await client.removeExport({ volume });
      await client.removeExport({ volume });
      expect((await client.listOwned({})).objects.map(({ kind }) => kind)).toEqual(['volume']);
    });
  });
}
