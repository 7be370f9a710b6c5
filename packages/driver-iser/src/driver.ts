import { type DriverContext, defineDriver } from '@scoria/driver-sdk';
import {
  type BlockDriver,
  type BlockTransport,
  blockOperations,
  limitTargets,
  openBlockDriver,
} from '@scoria/target-kit';
import { asIscsiOptions, outdoneOptions } from './asIscsiOptions.ts';
import { type IserDriverOptions, iserDriverOptionsSchema } from './options.ts';

const VERSION = '0.1.0';

function transportOf(options: IserDriverOptions): BlockTransport {
  const addresses = [options.iser_ip_address, ...options.iscsi_secondary_ip_addresses];
  return {
    transport: 'iser',
    driverVolumeType: 'iser',
    storageProtocol: 'iSER',
    prefix: options.iser_target_prefix,
    portals: addresses.map((address) => ({ address, port: options.iser_port })),
  };
}

/** Loads helper and store that the section names, and composes them with the iSER transport. */
async function setup(options: IserDriverOptions, context: DriverContext): Promise<BlockDriver> {
  for (const { written, instead } of outdoneOptions(context.rawOptions))
    context.log.warn({ option: written }, `"${written}" has no effect on iSER: write "${instead}"`);
  return openBlockDriver(
    {
      transport: transportOf(options),
      helper: options.iser_helper,
      // tgt's two transports are one daemon's; other helpers are told with each target.
      helperOptions: { ...asIscsiOptions(options), tgt_driver: 'iser' },
      store: options.backing_store,
      backendName: options.volume_backend_name,
      driverVersion: VERSION,
      reservedPercentage: options.reserved_percentage,
      around: (helper) => limitTargets(helper, { max: options.iser_num_targets, option: 'iser_num_targets' }),
    },
    context,
  );
}

/** The iSER driver: any backing store through any target helper that speaks iSER. */
export const iserDriver = defineDriver({
  name: 'iser',
  version: VERSION,
  options: iserDriverOptionsSchema,
  setup,
  probe: (state: BlockDriver) => state.probe(),
  operations: blockOperations,
});
