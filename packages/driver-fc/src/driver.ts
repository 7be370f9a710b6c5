import { type DriverContext, defineDriver } from '@scoria/driver-sdk';
import { type BlockDriver, blockOperations, openFibreChannelDriver } from '@scoria/target-kit';
import { type FcDriverOptions, fcDriverOptionsSchema } from './options.ts';

const VERSION = '0.1.0';

/** Loads helper and store that the section names, and composes them. */
function setup(options: FcDriverOptions, context: DriverContext): Promise<BlockDriver> {
  return openFibreChannelDriver(
    {
      helper: options.fc_helper,
      store: options.backing_store,
      backendName: options.volume_backend_name,
      driverVersion: VERSION,
      reservedPercentage: options.reserved_percentage,
    },
    context,
  );
}

/** The Fibre Channel driver: any backing store through any target helper that speaks Fibre Channel. */
export const fcDriver = defineDriver({
  name: 'fc',
  version: VERSION,
  options: fcDriverOptionsSchema,
  setup,
  probe: (state: BlockDriver) => state.probe(),
  operations: blockOperations,
});
