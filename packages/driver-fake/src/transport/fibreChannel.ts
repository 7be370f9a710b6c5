import { fibreChannelConnection, requireWwpns } from '@scoria/target-kit';
import { wwpnOf } from './identity.ts';
import type { Attachment, FakeTransport } from './transport.ts';

/** Fibre Channel connections: two target ports, one LUN number per export. */
export function fibreChannelTransport(backend: string): FakeTransport {
  const ports = [wwpnOf(backend, 0), wwpnOf(backend, 1)];
  const info = ({ volume, exported, access }: Attachment, zoned: readonly string[]) =>
    fibreChannelConnection({
      volume,
      ports,
      lun: exported.number,
      readOnly: access.readOnly,
      serial: volume.id,
      zoned,
    });
  return {
    storageProtocol: 'FC',
    authenticates: false,
    initiatorOf: (connector) => {
      const wwpns = requireWwpns(connector);
      return { initiator: wwpns.join(','), wwpns };
    },
    exportReference: (_, { number }) => `${ports[0]}:${number}`,
    exportUpdate: () => ({}),
    connectionInfo: (attachment) => info(attachment, attachment.access.wwpns),
    // Zones go with the last volume that the host has here; others still need them.
    revoked: (attachment, isLast) => (isLast() ? info(attachment, attachment.access.wwpns) : null),
  };
}
