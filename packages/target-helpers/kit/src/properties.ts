import type { IscsiConnectionData, Volume } from '@scoria/driver-sdk';
import type { ChapCredentials } from './chap.ts';
import { parseProviderGeometry } from './geometry.ts';
import type { ProviderLocation } from './location.ts';
import { formatPortal } from './portal.ts';

/** What connection properties are made of. */
export interface PropertiesInput {
  readonly volume: Pick<Volume, 'id' | 'encryptionKeyId' | 'providerGeometry'>;
  readonly location: ProviderLocation;
  /** Whether the location was found by asking around, instead of being stored with the volume. */
  readonly discovered: boolean;
  /** Used when the location has no LUN: the target helper's own rule. */
  readonly defaultLun: number;
  readonly chap: ChapCredentials | null;
  readonly readOnly: boolean;
  /** Whether the connector says that it uses several paths. */
  readonly multipath?: boolean;
}

/**
 * `data` of the connection info (contract.md §7.2), with the keys that os-brick reads. The plural keys stand beside the single ones, which
 * name the first portal, when there are several portals (§15), or when the connector says multipath: without them it would go and discover
 * portals that the volume may not have.
 *
 * @throws ContractError INVALID_VOLUME when the stored geometry is malformed
 */
export function connectionProperties(input: PropertiesInput): IscsiConnectionData {
  const { volume, location, chap } = input;
  const portals = location.portals.map(formatPortal);
  const lun = location.lun ?? input.defaultLun;
  const geometry = parseProviderGeometry(volume.providerGeometry);
  const [portal = ''] = portals;
  return {
    target_discovered: input.discovered,
    target_portal: portal,
    target_iqn: location.iqn,
    target_lun: lun,
    ...((portals.length > 1 || input.multipath === true) && {
      target_portals: portals,
      target_iqns: portals.map(() => location.iqn),
      target_luns: portals.map(() => lun),
    }),
    volume_id: volume.id,
    ...(chap && { auth_method: 'CHAP' as const, auth_username: chap.username, auth_password: chap.password }),
    ...(geometry && {
      physical_block_size: geometry.physicalBlockSize,
      logical_block_size: geometry.logicalBlockSize,
    }),
    encrypted: volume.encryptionKeyId !== null,
    access_mode: input.readOnly ? 'ro' : 'rw',
  };
}
