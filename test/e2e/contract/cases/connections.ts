import { type ConnectionInfo, type Connector, operations, type Volume } from '@scoria/core/contract';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { CaseContext } from '../support/combination.ts';
import { newConnector, newVolume } from '../support/objects.ts';

/** A connection as it would be sent to an initiator, secrets included: what has to be the same again. */
function plain(info: ConnectionInfo): unknown {
  return z.encode(operations.initializeConnection.result, { connectionInfo: info }).connectionInfo;
}

/** Connections. */
export function connectionCases({ backend, owner, combination }: CaseContext): void {
  const connect = async (volume: Volume, connector: Connector): Promise<ConnectionInfo> =>
    (await backend().client.initializeConnection({ volume, connector })).connectionInfo;
  const exported = async (): Promise<Volume> => {
    const volume = await owner().made();
    const { update } = await backend().client.createExport({ volume });
    // As the service does: what the driver asks to keep is handed back to it.
    return { ...volume, ...update } as Volume;
  };
  const access = async (): Promise<unknown[]> =>
    (await backend().client.listOwned({})).objects.filter(({ kind }) => kind === 'access');
  const hasCredentials = combination.connections !== 'fibre_channel';

  describe('connections', () => {
    it('CON-INIT-001 answers the same twice, credentials included', async () => {
      const volume = await exported();
      const first = await connect(volume, newConnector());
      expect(plain(await connect(volume, newConnector()))).toEqual(plain(first));
      expect(await access()).toHaveLength(1);
    });

    it('CON-INIT-002 has the shape of its transport, and the identity that the device will show', async () => {
      const volume = await exported();
      const info = await connect(volume, newConnector());
      expect(info.driver_volume_type).toBe(combination.connections);
      expect(info.identity).toBeDefined();
      expect(info.data.volume_id).toBe(volume.id);
      expect(info.data.encrypted).toBe(false);
      if (hasCredentials) {
        expect(info.data).toMatchObject({
          target_discovered: false,
          target_iqn: expect.stringContaining(volume.name),
          auth_method: 'CHAP',
        });
      } else expect(info.data).toHaveProperty('initiator_target_map');
    });

    it('CON-INIT-003 gives each initiator credentials of its own', async ({ skip }) => {
      if (!hasCredentials) return skip('Fibre Channel has no credentials');
      const volume = await exported();
      const infos = [
        await connect(volume, newConnector('alpha')),
        await connect(volume, newConnector('beta')),
      ];
      const auth = infos.map((info) => z.looseObject({ data: z.looseObject({}) }).parse(plain(info)).data);
      expect(auth[0]?.['auth_password']).toMatch(/^\S{12,16}$/);
      expect(auth[0]?.['auth_password']).not.toBe(auth[1]?.['auth_password']);
      expect(await access()).toHaveLength(2);
    });

    it('CON-INIT-004 answers the same after the driver was killed', async () => {
      const volume = await exported();
      const before = await connect(volume, newConnector());
      await backend().killAndWait();
      const { client } = backend();
      const connections = [{ connector: newConnector(), connectionInfo: before }];
      await client.ensureExport({ volume, connections });
      const { connectionInfo } = await client.initializeConnection({
        volume,
        connector: newConnector(),
        previous: before,
      });
      expect(plain(connectionInfo)).toEqual(plain(before));
      expect(await access()).toHaveLength(1);
    });

    it('CON-INIT-005 needs an export', async () => {
      const volume = await owner().made();
      const code = await connect(volume, newConnector()).then(
        () => 'connected',
        (error: { code: string }) => error.code,
      );
      expect(['INVALID_VOLUME', 'TARGET_NOT_FOUND']).toContain(code);
      expect(await access()).toEqual([]);
    });

    it('CON-INIT-006 refuses a connector that lacks what the transport needs', async () => {
      const { client } = backend();
      const volume = await exported();
      const lacking: Connector[] =
        combination.connections === 'fibre_channel'
          ? [{ wwpns: [] }, { wwpns: ['5001405ab0123456'] }, { wwnns: ['2001405ab0123456'] }]
          : [{}, { initiator: null }, { initiator: '' }, { initiator: 'no iqn' }];
      for (const connector of lacking) {
        const refused = { code: 'INVALID_CONNECTOR' };
        await expect(client.validateConnector({ connector })).rejects.toMatchObject(refused);
        await expect(connect(volume, connector)).rejects.toMatchObject(refused);
      }
      expect(await access()).toEqual([]);
      await client.validateConnector({ connector: newConnector() });
    });

    it('CON-INIT-007 tells the volumes of several initiators apart', async () => {
      const [one, two] = [await exported(), await exported()];
      const infos = [await connect(one, newConnector()), await connect(two, newConnector())];
      expect(infos[0]?.identity).not.toEqual(infos[1]?.identity);
      expect(plain(required(infos[0]))).not.toEqual(plain(required(infos[1])));
    });

    it('CON-TERM-001 revokes what has no access', async () => {
      const { client } = backend();
      await client.terminateConnection({ volume: newVolume(), connector: newConnector() });
      const volume = await exported();
      await client.terminateConnection({ volume, connector: newConnector() });
      await client.terminateConnection({ volume, connector: null });
    });

    it('CON-TERM-002 revokes twice, and nobody else', async () => {
      const { client } = backend();
      const volume = await exported();
      const kept = await connect(volume, newConnector('beta'));
      await connect(volume, newConnector('alpha'));
      await client.terminateConnection({ volume, connector: newConnector('alpha') });
      await client.terminateConnection({ volume, connector: newConnector('alpha') });
      expect(await access()).toHaveLength(1);
      expect(plain(await connect(volume, newConnector('beta')))).toEqual(plain(kept));
    });

    it('CON-TERM-003 revokes everyone', async () => {
      const { client } = backend();
      const volume = await exported();
      await connect(volume, newConnector('alpha'));
      await connect(volume, newConnector('beta'));
      await client.terminateConnection({ volume, connector: null });
      expect(await access()).toEqual([]);
    });

    it('CON-TERM-004 says which zones to remove', async ({ skip }) => {
      if (combination.connections !== 'fibre_channel') return skip('only Fibre Channel has zones');
      const volume = await exported();
      await connect(volume, newConnector());
      const { connectionInfo } = await backend().client.terminateConnection({
        volume,
        connector: newConnector(),
      });
      expect(connectionInfo?.data).toHaveProperty('initiator_target_map');
    });

    it('CON-SECRET-001 shows no secret in a log', async ({ skip }) => {
      if (!hasCredentials) return skip('Fibre Channel has no credentials');
      const volume = await exported();
      const info = z
        .looseObject({ data: z.looseObject({}) })
        .parse(plain(await connect(volume, newConnector())));
      const secret = z.string().min(12).parse(info.data['auth_password']);
      expect(backend().logs.join('')).not.toContain(secret);
    });
  });
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('there is no such value');
  return value;
}
