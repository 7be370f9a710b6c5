import {
  ContractError,
  type InitiatorAccess,
  type TargetSpec,
  type TargetState,
  type Volume,
  type VolumeUpdate,
} from '@scoria/driver-sdk';
import { requireInitiator } from '../connector.ts';
import { formatProviderLocation } from '../location.ts';
import { type BlockParts, iqnOf, serialOf } from './parts.ts';
import type { StoredConnection } from './volumeExports.ts';

async function specOf(parts: BlockParts, volume: Volume): Promise<TargetSpec> {
  return {
    name: volume.name,
    iqn: iqnOf(parts, volume),
    lun: parts.helper.defaultLun,
    path: await parts.store.path(volume.name),
    serial: serialOf(volume, parts.helper.serialLength),
    transport: parts.transport.transport,
    portals: parts.transport.portals,
  };
}

/** The location to store, from what was read back. @throws ContractError EXPORT_FAILURE when it is not what was asked for */
function updateFrom(parts: BlockParts, spec: TargetSpec, state: TargetState): VolumeUpdate {
  const lun = state.luns.find((each) => each.lun === spec.lun);
  if (state.iqn !== spec.iqn || lun?.path !== spec.path || lun.serial !== spec.serial) {
    throw new ContractError('EXPORT_FAILURE', `the target helper made something else of ${spec.iqn}`, {
      details: { iqn: state.iqn, path: lun?.path ?? '', serial: lun?.serial ?? '' },
    });
  }
  const { tid, iqn } = state;
  return {
    providerLocation: formatProviderLocation({ portals: parts.transport.portals, tid, iqn, lun: lun.lun }),
  };
}

/** The access that a stored connection stands for; null for one of another transport. */
function accessFrom(
  parts: BlockParts,
  { connector, connectionInfo }: StoredConnection,
): InitiatorAccess | null {
  if (connectionInfo.driver_volume_type !== parts.transport.driverVolumeType) return null;
  const { auth_username: username, auth_password: password, access_mode } = connectionInfo.data;
  return {
    initiator: requireInitiator(connector),
    chap: username !== undefined && password !== undefined ? { username, password } : null,
    readOnly: access_mode === 'ro',
  };
}

/** Makes the volume's target. Who has access already keeps it, with the same credentials (D26). */
export async function createExport(parts: BlockParts, volume: Volume): Promise<VolumeUpdate> {
  const spec = await specOf(parts, volume);
  return updateFrom(parts, spec, await parts.helper.ensureTarget(spec));
}

/**
 * Brings the volume's target back with the stored credentials (D25). Without stored connections, those that the helper has
 * persisted itself are kept.
 */
export async function ensureExport(
  parts: BlockParts,
  volume: Volume,
  connections: readonly StoredConnection[],
): Promise<VolumeUpdate> {
  const spec = await specOf(parts, volume);
  const access = connections.map((each) => accessFrom(parts, each)).filter((each) => each !== null);
  const state = await parts.helper.ensureTarget(access.length === 0 ? spec : { ...spec, access });
  return updateFrom(parts, spec, state);
}

/** Removes the volume's target. @throws ContractError VOLUME_IS_BUSY (a session, without force), and what the helper throws (D27) */
export async function removeExport(parts: BlockParts, volume: Volume, force: boolean): Promise<void> {
  await parts.helper.removeTarget(iqnOf(parts, volume), volume.name, { force });
}
