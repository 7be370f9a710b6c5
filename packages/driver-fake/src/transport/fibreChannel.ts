import { type ConnectionInfo, type Connector, ContractError, wwnSchema } from '@scoria/driver-sdk';
import { naaOf, wwpnOf } from './identity.ts';
import type { Attachment, FakeTransport } from './transport.ts';

/** Fibre Channel connections: two target ports, one LUN number per export. */
export function fibreChannelTransport(backend: string): FakeTransport {
  const ports = [wwpnOf(backend, 0), wwpnOf(backend, 1)];
  const info = ({ volume, exported, access }: Attachment, zones: boolean): ConnectionInfo => ({
    driver_volume_type: 'fibre_channel',
    data: {
      target_discovered: true,
      target_lun: exported.number,
      target_wwn: ports,
      target_wwns: ports,
      target_luns: ports.map(() => exported.number),
      volume_id: volume.id,
      access_mode: access.readOnly ? 'ro' : 'rw',
      encrypted: volume.encryptionKeyId !== null,
      ...(zones && { initiator_target_map: Object.fromEntries(access.wwpns.map((wwpn) => [wwpn, ports])) }),
    },
    identity: { type: 'naa', naa: naaOf(volume.id) },
  });
  return {
    storageProtocol: 'FC',
    authenticates: false,
    initiatorOf: (connector) => {
      const wwpns = requireWwns(connector, 'wwpns');
      requireWwns(connector, 'wwnns');
      return { initiator: wwpns.join(','), wwpns };
    },
    exportReference: (_, { number }) => `${ports[0]}:${number}`,
    exportUpdate: () => ({}),
    connectionInfo: (attachment) => info(attachment, true),
    // Zones go with the last volume that the host has here; others still need them.
    revoked: (attachment, isLast) => info(attachment, isLast()),
  };
}

/** Sorted, in lower case, without colons (D35: both lists must be there). */
function requireWwns(connector: Connector, key: 'wwpns' | 'wwnns'): string[] {
  const names = connector[key] ?? [];
  if (names.length === 0) {
    throw new ContractError('INVALID_CONNECTOR', `the connector has no "${key}": Fibre Channel needs them`, {
      details: { missing: key },
    });
  }
  const wrong = names.find((name) => !wwnSchema.safeParse(name).success);
  if (wrong !== undefined) {
    throw new ContractError('INVALID_CONNECTOR', `"${wrong}" in the connector's "${key}" is no WWN`, {
      details: { invalid: key },
    });
  }
  return names.map((name) => name.replaceAll(':', '').toLowerCase()).sort();
}
