import type { ConnectionInfo, IscsiConnectionData } from '@scoria/driver-sdk';
import {
  formatPortal,
  formatProviderGeometry,
  formatProviderLocation,
  type Portal,
  requireInitiator,
  targetIqn,
} from '@scoria/target-kit';
import type { FakeOptions } from '../options.ts';
import type { Attachment, FakeTransport } from './transport.ts';

/** As tgt, whose LUN 0 is the controller. */
const lun = 1;
const blockSize = '512';

/** iSCSI and iSER connections: the same but for the name of the transport and the options. */
export function iscsiTransport(protocol: 'iscsi' | 'iser', options: FakeOptions): FakeTransport {
  const prefix = protocol === 'iser' ? options.iser_target_prefix : options.iscsi_target_prefix;
  const portals = portalsOf(protocol, options);
  const connectionInfo = (attachment: Attachment): ConnectionInfo => ({
    driver_volume_type: protocol,
    data: connectionData(attachment, targetIqn(prefix, attachment.volume.name), portals.map(formatPortal)),
    identity: { type: 'serial', serial: attachment.volume.id },
  });
  return {
    storageProtocol: protocol === 'iser' ? 'iSER' : 'iSCSI',
    authenticates: true,
    initiatorOf: (connector) => ({ initiator: requireInitiator(connector).toLowerCase(), wwpns: [] }),
    exportReference: (name) => targetIqn(prefix, name),
    exportUpdate: (name, { number }) => ({
      providerLocation: formatProviderLocation({ portals, tid: number, iqn: targetIqn(prefix, name), lun }),
      providerGeometry: formatProviderGeometry({ physicalBlockSize: blockSize, logicalBlockSize: blockSize }),
    }),
    connectionInfo,
    revoked: () => null,
  };
}

function portalsOf(protocol: 'iscsi' | 'iser', options: FakeOptions): readonly Portal[] {
  if (protocol === 'iser') return [{ address: options.iser_ip_address, port: options.iser_port }];
  const addresses = [options.iscsi_ip_address, ...options.iscsi_secondary_ip_addresses];
  return addresses.map((address) => ({ address, port: options.iscsi_port }));
}

function connectionData(
  { volume, access, multipath }: Attachment,
  iqn: string,
  portals: readonly string[],
): IscsiConnectionData {
  return {
    target_discovered: false,
    target_portal: portals[0] ?? '',
    target_iqn: iqn,
    target_lun: lun,
    ...((portals.length > 1 || multipath === true) && {
      target_portals: [...portals],
      target_iqns: portals.map(() => iqn),
      target_luns: portals.map(() => lun),
    }),
    volume_id: volume.id,
    access_mode: access.readOnly ? 'ro' : 'rw',
    encrypted: volume.encryptionKeyId !== null,
    physical_block_size: blockSize,
    logical_block_size: blockSize,
    ...(access.chap !== null && {
      auth_method: 'CHAP',
      auth_username: access.chap.username,
      auth_password: access.chap.password,
    }),
  };
}
