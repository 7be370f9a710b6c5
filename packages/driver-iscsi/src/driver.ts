import { type DriverContext, defineDriver } from '@scoria/driver-sdk';
import { type BlockDriver, type BlockTransport, blockOperations, openBlockDriver } from '@scoria/target-kit';
import { type IscsiDriverOptions, iscsiDriverOptionsSchema } from './options.ts';

const VERSION = '0.1.0';

function transportOf(options: IscsiDriverOptions): BlockTransport {
  const addresses = [options.iscsi_ip_address, ...options.iscsi_secondary_ip_addresses];
  return {
    transport: 'iscsi',
    driverVolumeType: 'iscsi',
    storageProtocol: 'iSCSI',
    prefix: options.iscsi_target_prefix,
    portals: addresses.map((address) => ({ address, port: options.iscsi_port })),
  };
}

/** Loads helper and store that the section names, and composes them with the iSCSI transport. */
async function setup(options: IscsiDriverOptions, context: DriverContext): Promise<BlockDriver> {
  return openBlockDriver(
    {
      transport: transportOf(options),
      helper: options.iscsi_helper,
      store: options.backing_store,
      backendName: options.volume_backend_name,
      driverVersion: VERSION,
      reservedPercentage: options.reserved_percentage,
    },
    context,
  );
}

/** The iSCSI driver: any backing store through any target helper. */
export const iscsiDriver = defineDriver({
  name: 'iscsi',
  version: VERSION,
  options: iscsiDriverOptionsSchema,
  setup,
  probe: (state: BlockDriver) => state.probe(),
  operations: blockOperations,
});
