import { FibreChannelConnector, type FibreChannelOptions } from './fibrechannel/connector.ts';
import { LocalConnector } from './local/connector.ts';
import type { InitiatorConnector, InitiatorName } from './model.ts';
import { OpenIscsiConnector, type OpenIscsiOptions } from './openiscsi/connector.ts';
import { UserlandConnector, type UserlandOptions } from './userland/connector.ts';

/** Options of all connectors; each takes its own part. */
export interface InitiatorOptions {
  readonly userland?: UserlandOptions;
  readonly openIscsi?: OpenIscsiOptions;
  readonly fibreChannel?: FibreChannelOptions;
}

/** Makes the connector of that name. It does nothing until one of its verbs is called. */
export function createInitiator(name: InitiatorName, options: InitiatorOptions = {}): InitiatorConnector {
  switch (name) {
    case 'userland':
      return new UserlandConnector(options.userland);
    case 'open-iscsi':
      return new OpenIscsiConnector(options.openIscsi);
    case 'fibre-channel':
      return new FibreChannelConnector(options.fibreChannel);
    case 'local':
      return new LocalConnector();
  }
}
