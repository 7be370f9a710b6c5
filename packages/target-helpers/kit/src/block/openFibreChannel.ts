import type { DriverContext } from '@scoria/driver-sdk';
import { type BlockDriver, composeDriver } from './driver.ts';
import { fibreChannelExports } from './fibreChannelExports.ts';

/** What a Fibre Channel driver makes of its options. */
export interface FibreChannelSetup {
  /** Name of the target helper. */
  readonly helper: string;
  /** Name of the backing store. */
  readonly store: string;
  /** `volume_backend_name`; the section's name when it has none. */
  readonly backendName: string | undefined;
  readonly driverVersion: string;
  readonly reservedPercentage: number;
}

/**
 * Loads helper and store that a section names, and composes them into a Fibre Channel driver.
 *
 * @throws ContractError INVALID_CONFIGURATION when one of them is not installed, refuses its options, or does not speak Fibre Channel
 */
export async function openFibreChannelDriver(
  setup: FibreChannelSetup,
  context: DriverContext,
): Promise<BlockDriver> {
  const { driverVersion, reservedPercentage } = setup;
  const parts = {
    helper: await context.loadFibreChannelHelper(setup.helper),
    store: await context.loadBackingStore(setup.store),
    log: context.log,
    backendName: setup.backendName ?? context.backend,
    driverVersion,
    reservedPercentage,
  };
  return composeDriver(parts, fibreChannelExports(parts), 'FC');
}
