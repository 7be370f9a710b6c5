import { randomUUID } from 'node:crypto';
import { bytes, type Connector, MIB, type Snapshot, type Volume } from '@scoria/driver-sdk';

/** A volume as the service would hand it to a driver. */
export function volume(over: Partial<Volume> = {}): Volume {
  const id = over.id ?? randomUUID();
  return {
    id,
    name: `volume-${id}`,
    size: bytes(64 * MIB),
    host: '',
    providerLocation: null,
    providerAuth: null,
    providerGeometry: null,
    providerId: null,
    encryptionKeyId: null,
    multiattach: false,
    readOnly: false,
    metadata: {},
    extraSpecs: {},
    ...over,
  };
}

/** A snapshot of a volume. */
export function snapshotOf(of: Volume, over: Partial<Snapshot> = {}): Snapshot {
  const id = randomUUID();
  return {
    id,
    name: `snapshot-${id}`,
    volumeId: of.id,
    volumeName: of.name,
    volumeSize: of.size,
    volumeInUse: false,
    providerLocation: null,
    providerId: null,
    metadata: {},
    ...over,
  };
}

/** A connector that every transport accepts. */
export function connector(host = 'one'): Connector {
  const digit = host.length.toString(16);
  return {
    host,
    ip: '192.0.2.1',
    initiator: `iqn.1993-08.org.debian:01:${host}`,
    wwpns: [`50:01:40:5a:b0:12:34:5${digit}`],
    wwnns: [`20:01:40:5a:b0:12:34:5${digit}`],
  };
}
