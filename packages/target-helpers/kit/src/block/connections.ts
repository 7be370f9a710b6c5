import { type ConnectionInfo, type Connector, ContractError, type Volume } from '@scoria/driver-sdk';
import { parseProviderAuth } from '../auth.ts';
import { type ChapCredentials, generateChap } from '../chap.ts';
import { requireInitiator } from '../connector.ts';
import { discoverTarget } from '../discovery.ts';
import type { ProviderLocation } from '../location.ts';
import { connectionProperties } from '../properties.ts';
import { type BlockParts, iqnOf, serialOf, storedLocation } from './parts.ts';
import type { ConnectionRequest } from './volumeExports.ts';

/** Where the volume is: as stored, else as the helper has it, else as its host says (contract.md §7.3). */
async function locate(
  parts: BlockParts,
  volume: Volume,
): Promise<{ location: ProviderLocation; discovered: boolean }> {
  const stored = storedLocation(volume);
  if (stored) return { location: stored, discovered: false };
  const iqn = iqnOf(parts, volume);
  const { portals } = parts.transport;
  const state = await parts.helper.showTarget(iqn);
  if (state) return { location: { portals, tid: state.tid, iqn, lun: null }, discovered: true };
  const location = await discoverTarget({ host: volume.host, iqn, portals, log: parts.log });
  if (location) return { location, discovered: true };
  throw new ContractError('INVALID_VOLUME', `no export of ${volume.name} was found: export it first`, {
    details: { volume: volume.id, iqn },
  });
}

/** Credentials for an initiator that may have some: those it was told before, those stored with the volume, or new ones. */
function credentialsFor({ volume, previous }: ConnectionRequest): ChapCredentials {
  if (previous?.driver_volume_type === 'iscsi' || previous?.driver_volume_type === 'iser') {
    const { auth_username: username, auth_password: password } = previous.data;
    if (username !== undefined && password !== undefined) return { username, password };
  }
  return parseProviderAuth(volume.providerAuth) ?? generateChap();
}

/**
 * Gives one initiator access, with CHAP of its own, and says how it reaches the volume. The same initiator again gets the same answer.
 *
 * @throws ContractError INVALID_CONNECTOR, INVALID_VOLUME (no export), TARGET_NOT_FOUND, TARGET_ATTACH_FAILED
 */
export async function initializeConnection(
  parts: BlockParts,
  request: ConnectionRequest,
): Promise<ConnectionInfo> {
  const { volume, connector, readOnly } = request;
  const initiator = requireInitiator(connector);
  const { location, discovered } = await locate(parts, volume);
  const access = await parts.helper.grant(location.iqn, volume.name, {
    initiator,
    chap: credentialsFor(request),
    readOnly,
  });
  return {
    driver_volume_type: parts.transport.driverVolumeType,
    data: connectionProperties({
      volume,
      location,
      discovered,
      defaultLun: parts.helper.defaultLun,
      chap: access.chap,
      readOnly,
      multipath: connector.multipath === true,
    }),
    identity: { type: 'serial', serial: serialOf(volume, parts.helper.serialLength) },
  };
}

/**
 * Takes one initiator's access away (D10), or everyone's (null); the others keep theirs.
 *
 * @throws ContractError INVALID_CONNECTOR (no IQN), VOLUME_IS_BUSY (a session, without force), TARGET_DETACH_FAILED
 */
export async function terminateConnection(
  parts: BlockParts,
  volume: Volume,
  connector: Connector | null,
  force: boolean,
): Promise<void> {
  const initiator = connector === null ? null : requireInitiator(connector);
  await parts.helper.revoke(iqnOf(parts, volume), volume.name, initiator, { force });
}
