import type { ConnectionInfo, Transport, VolumeStats } from '@scoria/driver-sdk';
import type { Portal } from './portal.ts';

/** How a block driver serves its volumes: what tells iSCSI and iSER apart. */
export interface BlockTransport {
  readonly transport: Transport;
  readonly driverVolumeType: Extract<ConnectionInfo['driver_volume_type'], 'iscsi' | 'iser'>;
  readonly storageProtocol: VolumeStats['storageProtocol'];
  /** Prepended to volume names to make IQNs. */
  readonly prefix: string;
  /** Published portals, the main one first. */
  readonly portals: readonly Portal[];
}
