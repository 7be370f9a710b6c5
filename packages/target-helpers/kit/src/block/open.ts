import type { BackingStore, DriverContext, TargetHelper } from '@scoria/driver-sdk';
import type { BlockTransport } from '../transport.ts';
import { type BlockDriver, composeBlockDriver } from './driver.ts';

/** What a transport makes of its options. */
export interface BlockSetup {
  readonly transport: BlockTransport;
  /** Name of the target helper. */
  readonly helper: string;
  /** Options of the helper that win over those of the section. */
  readonly helperOptions?: Readonly<Record<string, unknown>>;
  /** Name of the backing store. */
  readonly store: string;
  /** `volume_backend_name`; the section's name when it has none. */
  readonly backendName: string | undefined;
  readonly driverVersion: string;
  readonly reservedPercentage: number;
  /** Wraps the helper, when the transport has rules of its own. */
  readonly around?: (helper: TargetHelper) => TargetHelper;
}

/**
 * Loads helper and store that a section names, and composes them with a transport.
 *
 * @throws ContractError INVALID_CONFIGURATION when one of them is not installed, refuses its options, or does not speak the transport
 */
export async function openBlockDriver(setup: BlockSetup, context: DriverContext): Promise<BlockDriver> {
  const { transport, driverVersion, reservedPercentage, around = (each) => each } = setup;
  const helper = await context.loadTargetHelper(setup.helper, setup.helperOptions);
  const store: BackingStore = await context.loadBackingStore(setup.store);
  return composeBlockDriver({
    transport,
    helper: around(helper),
    store,
    log: context.log,
    backendName: setup.backendName ?? context.backend,
    driverVersion,
    reservedPercentage,
  });
}
