import { type Connector, isContractError } from '@scoria/core/contract';
import type { InitiatorConnector } from '../model.ts';

/**
 * What a host says about its Fibre Channel ports, beside what it says about its iSCSI initiator (contract.md §2).
 *
 * @returns nothing when it has no port that is online
 */
export async function ownPorts(
  connector: Pick<InitiatorConnector, 'connectorProperties'>,
): Promise<Pick<Connector, 'wwpns' | 'wwnns'>> {
  try {
    const { wwpns, wwnns } = await connector.connectorProperties();
    return { wwpns, wwnns };
  } catch (error) {
    if (isContractError(error) && error.code === 'NO_FC_HOSTS') return {};
    throw error;
  }
}
