import type { ConnectionInfo, Volume } from '@scoria/driver-sdk';

/** What a Fibre Channel connection is made of. */
export interface FibreChannelConnection {
  readonly volume: Pick<Volume, 'id' | 'encryptionKeyId'>;
  /** WWPNs of the target ports, plain. */
  readonly ports: readonly string[];
  readonly lun: number;
  readonly readOnly: boolean;
  /** Unit serial number that the device will show. */
  readonly serial: string;
  /** WWPNs of initiators whose zones are named. Empty: no zone is to be made or removed. */
  readonly zoned: readonly string[];
}

/**
 * The connection info of Fibre Channel (contract.md §10), with the keys that os-brick reads. One port is a single `target_wwn`; several are
 * a list of them, beside the plural keys. `initiator_target_map` is what a zone manager makes zones from, or removes them by.
 */
export function fibreChannelConnection(connection: FibreChannelConnection): ConnectionInfo {
  const { volume, lun, readOnly, serial, zoned } = connection;
  const ports = [...connection.ports];
  const [first = ''] = ports;
  return {
    driver_volume_type: 'fibre_channel',
    data: {
      target_discovered: true,
      target_lun: lun,
      target_wwn: ports.length > 1 ? ports : first,
      ...(ports.length > 1 && { target_wwns: ports, target_luns: ports.map(() => lun) }),
      volume_id: volume.id,
      access_mode: readOnly ? 'ro' : 'rw',
      encrypted: volume.encryptionKeyId !== null,
      ...(zoned.length > 0 && {
        initiator_target_map: Object.fromEntries(zoned.map((wwpn) => [wwpn, ports])),
      }),
    },
    identity: { type: 'serial', serial },
  };
}
