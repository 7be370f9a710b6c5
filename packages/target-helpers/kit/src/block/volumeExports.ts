import type {
  ConnectionInfo,
  Connector,
  OwnedObject,
  ProbeResult,
  Volume,
  VolumeUpdate,
} from '@scoria/driver-sdk';

/** A connection as the service has stored it. */
export interface StoredConnection {
  readonly connector: Connector;
  readonly connectionInfo: ConnectionInfo;
}

/** A connection as it is asked for. */
export interface ConnectionRequest {
  readonly volume: Volume;
  readonly connector: Connector;
  readonly readOnly: boolean;
  /** What was answered to this initiator before. */
  readonly previous?: ConnectionInfo | null | undefined;
}

/** How a composed driver makes its volumes reachable: transport × target helper. Everything is idempotent. */
export interface VolumeExports {
  /** Whether volumes can be exported now. */
  probe(): Promise<ProbeResult>;
  /** Exports, access rights and sessions that are ours. */
  listOwned(): Promise<OwnedObject[]>;
  /** Exports a volume; nobody gets access by it. @returns what the service has to keep of it */
  create(volume: Volume): Promise<VolumeUpdate>;
  /** Brings an export back, with the access of the stored connections; without any, with what the helper has kept. */
  ensure(volume: Volume, connections: readonly StoredConnection[]): Promise<VolumeUpdate>;
  /** @throws ContractError VOLUME_IS_BUSY (a session, without force), and what the helper throws (D27) */
  remove(volume: Volume, force: boolean): Promise<void>;
  /** Shows initiators the new size. @returns bytes read back @throws ContractError TARGET_NOT_FOUND when it is not exported */
  resize(volume: Volume): Promise<number>;
  /** @throws ContractError INVALID_CONNECTOR when it lacks what the transport needs */
  validate(connector: Connector): void;
  /** Gives one initiator access, and says how it reaches the volume. */
  connect(request: ConnectionRequest): Promise<ConnectionInfo>;
  /** Takes one initiator's access away (D10), or everyone's (null). @returns a connection when zones have to be removed */
  disconnect(volume: Volume, connector: Connector | null, force: boolean): Promise<ConnectionInfo | null>;
}
