import {
  ContractError,
  type FibreChannelAccess,
  type FibreChannelExport,
  type FibreChannelHelper,
  type FibreChannelSpec,
  type Volume,
} from '@scoria/driver-sdk';
import { fibreChannelConnection } from '../fibreChannelConnection.ts';
import { requireWwpns } from '../wwn.ts';
import { type DriverParts, serialOf } from './parts.ts';
import type { StoredConnection, VolumeExports } from './volumeExports.ts';

/** What a Fibre Channel driver is composed of. */
export interface FibreChannelParts extends DriverParts {
  readonly helper: FibreChannelHelper;
}

async function specOf({ store }: FibreChannelParts, volume: Volume): Promise<FibreChannelSpec> {
  return { name: volume.name, path: await store.path(volume.name), serial: serialOf(volume) };
}

/** @throws ContractError EXPORT_FAILURE when what was read back is not what was asked for */
function requireSame(spec: FibreChannelSpec, made: FibreChannelExport): void {
  if (made.path === spec.path && made.serial === spec.serial && made.ports.length > 0) return;
  throw new ContractError('EXPORT_FAILURE', `the target helper made something else of ${spec.name}`, {
    details: { path: made.path, serial: made.serial, ports: made.ports.join(' ') },
  });
}

/** The access that a stored connection stands for; none for one of another transport. */
function accessFrom({ connector, connectionInfo }: StoredConnection): FibreChannelAccess[] {
  if (connectionInfo.driver_volume_type !== 'fibre_channel') return [];
  const readOnly = connectionInfo.data.access_mode === 'ro';
  return requireWwpns(connector).map((wwpn) => ({ wwpn, readOnly }));
}

/** One access for each port: a port of two connections may write when one of them may. */
function merged(access: readonly FibreChannelAccess[]): FibreChannelAccess[] {
  const writers = new Set(access.filter(({ readOnly }) => !readOnly).map(({ wwpn }) => wwpn));
  return [...new Set(access.map(({ wwpn }) => wwpn))].map((wwpn) => ({ wwpn, readOnly: !writers.has(wwpn) }));
}

/**
 * Exports over Fibre Channel. The service has nothing to keep of one: helper and volume name say everything. Zones are named with every connection, as making
 * them again does no harm, and with the end of a connection when it was the initiator's last one here.
 */
export function fibreChannelExports(parts: FibreChannelParts): VolumeExports {
  const { helper } = parts;
  const ensure = async (volume: Volume, access?: readonly FibreChannelAccess[]) => {
    const spec = await specOf(parts, volume);
    requireSame(spec, await helper.ensureExport(access === undefined ? spec : { ...spec, access }));
    return {};
  };
  return {
    probe: () => helper.probe(),
    listOwned: () => helper.listOwned(),
    create: (volume) => ensure(volume),
    ensure: (volume, connections) => {
      const access = merged(connections.flatMap(accessFrom));
      return ensure(volume, access.length === 0 ? undefined : access);
    },
    remove: ({ name }, force) => helper.removeExport(name, { force }),
    resize: ({ name }) => helper.resize(name),
    validate: (connector) => void requireWwpns(connector),
    connect: async ({ volume, connector, readOnly }) => {
      const zoned = requireWwpns(connector);
      if (!(await helper.showExport(volume.name))) {
        throw new ContractError('INVALID_VOLUME', `no export of ${volume.name} was found: export it first`, {
          details: { volume: volume.id },
        });
      }
      const { ports, lun } = await helper.grant(volume.name, zoned, { readOnly });
      return fibreChannelConnection({ volume, ports, lun, readOnly, serial: serialOf(volume), zoned });
    },
    disconnect: async (volume, connector) => {
      const wwpns = connector === null ? null : requireWwpns(connector);
      const { left, unused: zoned } = await helper.revoke(volume.name, wwpns);
      if (!left || zoned.length === 0) return null;
      const { ports, lun } = left;
      return fibreChannelConnection({ volume, ports, lun, readOnly: false, serial: serialOf(volume), zoned });
    },
  };
}
