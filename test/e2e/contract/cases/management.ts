import { MIB } from '@scoria/core/contract';
import { describe, expect, it } from 'vitest';
import type { CaseContext } from '../support/combination.ts';

/** Adoption and letting go. */
export function managementCases({ backend, owner, combination }: CaseContext): void {
  const { existing } = combination;
  describe.skipIf(existing === undefined)('adoption', () => {
    const object = async (size: number): Promise<Readonly<Record<string, string>>> => {
      if (existing === undefined) throw new Error('nothing can be adopted here');
      return existing(backend(), size);
    };

    it('MAN-001 tells the exact size, and adopts, twice', async () => {
      const { client } = backend();
      const size = 5 * MIB + 512;
      const reference = await object(size);
      const volume = owner().volume();
      expect(await client.manageExistingGetSize({ volume, reference })).toEqual({ size });
      await client.manageExisting({ volume, reference });
      await client.manageExisting({ volume, reference });
      const { objects } = await client.listOwned({});
      expect(objects).toMatchObject([{ kind: 'volume', name: volume.name, size }]);
    });

    it('MAN-002 refuses a reference that names nothing', async () => {
      const { client } = backend();
      const [key = ''] = Object.keys(await object(MIB));
      const volume = owner().volume();
      for (const reference of [
        {},
        { [key]: '' },
        { [key]: 'absent' },
        { [key]: '../../etc/passwd' },
        { other: 'x' },
      ]) {
        const refused = { code: 'INVALID_REFERENCE' };
        await expect(client.manageExistingGetSize({ volume, reference })).rejects.toMatchObject(refused);
        await expect(client.manageExisting({ volume, reference })).rejects.toMatchObject(refused);
      }
    });

    it('MAN-003 does not adopt over a volume that exists', async () => {
      const reference = await object(MIB);
      const volume = await owner().made();
      await expect(backend().client.manageExisting({ volume, reference })).rejects.toMatchObject({
        code: 'ALREADY_EXISTS',
      });
    });
  });

  describe('letting go', () => {
    it('MAN-004 lets go of what is not there', async ({ skip }) => {
      const { client, supervisor } = backend();
      if (!supervisor.status.driver.capabilities.includes('unmanage')) return skip('no unmanage');
      await client.unmanage({ volume: owner().volume() });
    });
  });
}
