import { type Connector, ContractError, iscsiNameSchema } from '@scoria/driver-sdk';

/**
 * The IQN of the initiator.
 *
 * @throws ContractError INVALID_CONNECTOR when it is missing, null, empty (D36), or no iSCSI name
 */
export function requireInitiator(connector: Connector): string {
  const { initiator } = connector;
  if (initiator === undefined || initiator === null || initiator.trim() === '') {
    throw new ContractError(
      'INVALID_CONNECTOR',
      'the connector has no "initiator": the IQN of the host is needed',
      {
        details: { missing: 'initiator' },
      },
    );
  }
  if (!iscsiNameSchema.safeParse(initiator).success) {
    throw new ContractError(
      'INVALID_CONNECTOR',
      `the connector's "initiator" is no iSCSI name: ${initiator.slice(0, 223)}`,
      {
        details: { invalid: 'initiator' },
      },
    );
  }
  return initiator;
}
