import { randomUUID } from 'node:crypto';
import { bytes, type Connector, MIB, type Snapshot, type Volume } from '@scoria/core/contract';

/** A volume as the service would hand it to a driver. */
export function newVolume(over: Partial<Volume> = {}): Volume {
  const id = randomUUID();
  return {
    id,
    name: `volume-${id}`,
    size: bytes(8 * MIB),
    host: 'node@contract',
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
export function newSnapshot(of: Volume, over: Partial<Snapshot> = {}): Snapshot {
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
export function newConnector(host: 'alpha' | 'beta' = 'alpha'): Connector {
  const digit = host === 'alpha' ? 'a' : 'b';
  return {
    host,
    ip: '127.0.0.1',
    initiator: `iqn.1993-08.org.debian:01:${host}`,
    wwpns: [`5001405ab012345${digit}`],
    wwnns: [`2001405ab012345${digit}`],
  };
}
