import { type OperationName, operationNames, requiredOperations } from '@scoria/core/contract';
import { describe, expect, it } from 'vitest';
import type { CaseContext } from '../support/combination.ts';
import { deleteVolume } from '../support/deletion.ts';
import { newConnector } from '../support/objects.ts';

/** Life cycle and information. */
export function lifecycleCases({ backend, owner, combination }: CaseContext): void {
  describe('life cycle', () => {
    it('LIFE-001 implements what every driver must', () => {
      const { capabilities } = backend().supervisor.status.driver;
      expect(requiredOperations.filter((name) => !capabilities.includes(name))).toEqual([]);
      const known: readonly string[] = operationNames;
      expect(capabilities.filter((name) => !known.includes(name))).toEqual([]);
    });

    it('LIFE-002 answers UNIMPLEMENTED to what it does not offer', async () => {
      const { client, supervisor } = backend();
      const { capabilities } = supervisor.status.driver;
      const volume = owner().volume();
      const calls: Partial<Record<OperationName, () => Promise<unknown>>> = {
        clearDownload: () => client.clearDownload({ volume }),
        restoreBackup: () => client.restoreBackup({ volume, backupId: 'none' }),
        acceptTransfer: () => client.acceptTransfer({ volume, newUser: 'u', newProject: 'p' }),
        detachVolume: () => client.detachVolume({ volume }),
      };
      for (const [name, call] of Object.entries(calls)) {
        if (!capabilities.includes(name))
          await expect(call()).rejects.toMatchObject({ code: 'UNIMPLEMENTED' });
      }
    });

    it('LIFE-003 prepares itself twice without harm', async () => {
      const { client } = backend();
      const volume = await owner().made();
      await client.doSetup({});
      await client.doSetup({});
      await client.checkForSetupError({});
      await client.createVolume({ volume });
    });

    it('LIFE-004 says its version', async () => {
      const { version } = await backend().client.getVersion({});
      expect(version).toBe(backend().supervisor.status.driver.version);
    });

    it('LIFE-005 counts what it provides', async () => {
      const { client } = backend();
      const provisioned = async (): Promise<number> =>
        (await client.getVolumeStats({ refresh: true })).pools.reduce(
          (sum, pool) => sum + pool.provisionedCapacity,
          0,
        );
      const stats = await client.getVolumeStats({ refresh: true });
      const protocols = { iscsi: 'iSCSI', iser: 'iSER', fibre_channel: 'FC' };
      expect(stats.storageProtocol).toBe(protocols[combination.connections]);
      const before = await provisioned();
      const volume = await owner().made();
      expect(await provisioned()).toBe(before + volume.size);
      await deleteVolume(client, volume);
      expect(await provisioned()).toBe(before);
    });

    it('LIFE-006 owns what it made, and nothing once that is gone', async () => {
      const { client } = backend();
      expect(await client.listOwned({})).toEqual({ objects: [] });
      const volume = await owner().made();
      await client.createExport({ volume });
      await client.initializeConnection({ volume, connector: newConnector() });
      const { objects } = await client.listOwned({});
      const kinds = objects.filter(({ name }) => name === volume.name).map(({ kind }) => kind);
      expect(kinds).toContain('volume');
      expect(kinds).toContain('target');
      expect(kinds).toContain('access');
      expect(objects.find(({ kind }) => kind === 'volume')?.size).toBe(volume.size);
      await owner().cleanUp();
      expect(await client.listOwned({})).toEqual({ objects: [] });
    });

    it('LIFE-007 refuses what breaks the schema, and has done nothing', async () => {
      const { client } = backend();
      const refused = { code: 'INVALID_ARGUMENT' };
      const volume = owner().volume();
      for (const wrong of [
        { name: '../volume' },
        { name: 'volume\n' },
        { name: 'x'.repeat(4096) },
        { name: '' },
        { size: -1 },
        { size: 1.5 },
        { size: 2 ** 53 },
        { size: Number.NaN },
        { id: 'not-a-uuid' },
        { name: undefined },
      ]) {
        await expect(client.createVolume({ volume: { ...volume, ...wrong } as never })).rejects.toMatchObject(
          refused,
        );
      }
      expect(await client.listOwned({})).toEqual({ objects: [] });
    });
  });
}
