import type { Connector } from '@scoria/core/contract';
import { ServiceError } from '../model/index.ts';

/**
 * What tells one initiator from another: its iSCSI name, else its WWPNs, else its host. Attachments of one volume with
 * the same key share their access. @throws ServiceError InvalidConnector when the connector names nobody.
 */
export function initiatorKey(connector: Connector): string {
  if (present(connector.initiator)) return connector.initiator.toLowerCase();
  const wwpns = connector.wwpns ?? [];
  if (wwpns.length > 0)
    return `wwpn:${[...wwpns]
      .map((each) => each.toLowerCase())
      .sort()
      .join(',')}`;
  if (present(connector.host)) return `host:${connector.host}`;
  if (present(connector.ip)) return `ip:${connector.ip}`;
  throw new ServiceError(
    'InvalidConnector',
    'the connector names no initiator: send "initiator" (an IQN) for iSCSI and iSER, "wwpns" and "wwnns" for Fibre Channel',
  );
}

function present(text: string | null | undefined): text is string {
  return text !== null && text !== undefined && text !== '';
}
