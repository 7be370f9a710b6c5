import { createHash } from 'node:crypto';
import type { BackingStore, Logger, TargetHelper, Volume } from '@scoria/driver-sdk';
import { targetIqn } from '../iqn.ts';
import { type ProviderLocation, parseProviderLocation } from '../location.ts';
import type { BlockTransport } from '../transport.ts';

/** What every composed driver has, whatever it speaks. */
export interface DriverParts {
  readonly store: BackingStore;
  readonly log: Logger;
  /** `volume_backend_name`, or the name of the backend section. */
  readonly backendName: string;
  readonly driverVersion: string;
  readonly reservedPercentage: number;
}

/** What an iSCSI or iSER driver is composed of. */
export interface BlockParts extends DriverParts {
  readonly transport: BlockTransport;
  readonly helper: TargetHelper;
}

/** The stored location of a volume; null when there is none. @throws ContractError INVALID_VOLUME when it is malformed */
export function storedLocation(volume: Pick<Volume, 'providerLocation'>): ProviderLocation | null {
  const { providerLocation } = volume;
  return providerLocation === null || providerLocation.trim() === ''
    ? null
    : parseProviderLocation(providerLocation);
}

/** The IQN of a volume: the one it was exported under, which a later change of the prefix does not touch; else prefix and name. */
export function iqnOf(
  { transport }: Pick<BlockParts, 'transport'>,
  volume: Pick<Volume, 'name' | 'providerLocation'>,
): string {
  return storedLocation(volume)?.iqn ?? targetIqn(transport.prefix, volume.name);
}

const SERIAL_LENGTH = 36;

/**
 * The unit serial number that a volume's LUN shows: its id, which fits into most targets' 36 characters; where it does not, a hash of it, in
 * as many hexadecimal digits as the target keeps.
 */
export function serialOf({ id }: Pick<Volume, 'id'>, length: number = SERIAL_LENGTH): string {
  return id.length <= length ? id : createHash('sha256').update(id).digest('hex').slice(0, length);
}
