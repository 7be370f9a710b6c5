import type { ConnectionInfo, Connector, Volume, VolumeStats, VolumeUpdate } from '@scoria/driver-sdk';
import type { FakeAccess, FakeExport } from '../state/fakeState.ts';

/** One side of a connection, ready to be written down. */
export interface Attachment {
  readonly volume: Volume;
  readonly exported: FakeExport;
  readonly access: FakeAccess;
  /** Whether the connector says that it uses several paths. */
  readonly multipath?: boolean;
}

/** The shape of connections. Each shape satisfies the schema that real drivers satisfy. */
export interface FakeTransport {
  readonly storageProtocol: VolumeStats['storageProtocol'];
  /** Whether each attachment has credentials of its own. */
  readonly authenticates: boolean;
  /**
   * What a connector is known by here.
   * @throws ContractError INVALID_CONNECTOR when it lacks what the transport needs
   */
  initiatorOf(connector: Connector): Pick<FakeAccess, 'initiator' | 'wwpns'>;
  /** What an export is called on the backend: an IQN, or a LUN. */
  exportReference(name: string, exported: FakeExport): string;
  /** What the service stores about an export. */
  exportUpdate(name: string, exported: FakeExport): VolumeUpdate;
  connectionInfo(attachment: Attachment): ConnectionInfo | Promise<ConnectionInfo>;
  /**
   * What is answered when an initiator is revoked: set when zones must go.
   * @param isLast whether the initiator has nothing else on this backend
   */
  revoked(attachment: Attachment, isLast: () => boolean): ConnectionInfo | null;
}
