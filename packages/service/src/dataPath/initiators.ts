import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionInfo, type Connector, ContractError } from '@scoria/core/contract';
import {
  createInitiator,
  type InitiatorConnector,
  type IscsiInitiatorChoice,
  iscsiInitiator,
  ownPorts,
} from '@scoria/initiator';

/** How the service attaches volumes of one backend to its own host. */
export interface AttachOptions {
  /** `num_volume_device_scan_tries`, or `num_iser_scan_tries`: rescans of the kernel's initiators. */
  readonly scanTries: number;
  /** `use_multipath_for_image_xfer`: all portals and a multipath map above, where the kernel's initiator is used. */
  readonly multipath: boolean;
}

/** The service as an initiator. */
export interface ServiceInitiators {
  /** What it says about itself (contract.md §2). */
  connector(options: AttachOptions): Promise<Connector>;
  /** The one for a kind of connection. @throws ContractError DEVICE_UNAVAILABLE when this host has none */
  forConnection(info: ConnectionInfo, options: AttachOptions): InitiatorConnector;
}

/**
 * The initiators of this host, for the service. In userland it has a name and a place of its own, so that what users attach to the same
 * host is never shared with it.
 *
 * @param key tells services of one host apart: the state directory.
 * @param create makes initiators; tests look on.
 */
export function serviceInitiators(
  choice: IscsiInitiatorChoice,
  key: string,
  create: typeof createInitiator = createInitiator,
): ServiceInitiators {
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 12);
  const userland = {
    stateDirectory: join(runtimeDirectory(), `data-path-${hash}`),
    initiatorName: `iqn.2016-04.io.scoria:service-${hash}`,
  };
  const iscsi = (openIscsi: AttachOptions): InitiatorConnector =>
    create(iscsiInitiator(choice), { userland, openIscsi });
  const fibreChannel = (options: AttachOptions): InitiatorConnector =>
    create('fibre-channel', { fibreChannel: options });
  return {
    // Whether it will use several paths, too: in userland there is one at a time.
    connector: async (options) => ({
      ...(await iscsi(options).connectorProperties()),
      ...(await ownPorts(fibreChannel(options))),
    }),
    forConnection({ driver_volume_type: type }, options) {
      if (type === 'local') return create('local');
      if (type === 'iscsi') return iscsi(options);
      if (type === 'fibre_channel') return fibreChannel(options);
      if (type === 'iser' && iscsiInitiator(choice) === 'open-iscsi') return iscsi(options);
      throw new ContractError(
        'DEVICE_UNAVAILABLE',
        `no initiator of this host attaches ${type} volumes: the service cannot reach the bytes of this volume`,
      );
    },
  };
}

/** Forgotten at a reboot, as attachments are. */
function runtimeDirectory(): string {
  const uid = process.geteuid?.() ?? 0;
  if (uid === 0) return '/run/scoria';
  return join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), `scoria-${uid}`);
}
