import { type Connector, ContractError, wwnSchema } from '@scoria/driver-sdk';

/** A world-wide name as connection information has it: 16 hex digits in lower case, without colons. */
export function plainWwn(wwn: string): string {
  return wwn.replaceAll(':', '').toLowerCase();
}

/** A world-wide name as kernels' configuration has it: bytes in lower case, colons between them. */
export function colonWwn(wwn: string): string {
  return (plainWwn(wwn).match(/../g) ?? []).join(':');
}

/**
 * The WWPNs of an initiator, plain, each once and sorted.
 *
 * @throws ContractError INVALID_CONNECTOR when WWPNs or WWNNs are missing (D35), or one is none
 */
export function requireWwpns(connector: Connector): string[] {
  const wwpns = requireWwns(connector, 'wwpns');
  requireWwns(connector, 'wwnns');
  return wwpns;
}

function requireWwns(connector: Connector, key: 'wwpns' | 'wwnns'): string[] {
  const names = connector[key] ?? [];
  if (names.length === 0) {
    throw new ContractError('INVALID_CONNECTOR', `the connector has no "${key}": Fibre Channel needs them`, {
      details: { missing: key },
    });
  }
  const wrong = names.find((name) => !wwnSchema.safeParse(name).success);
  if (wrong !== undefined) {
    throw new ContractError('INVALID_CONNECTOR', `"${wrong}" in the connector's "${key}" is no WWN`, {
      details: { invalid: key },
    });
  }
  return [...new Set(names.map(plainWwn))].sort();
}
