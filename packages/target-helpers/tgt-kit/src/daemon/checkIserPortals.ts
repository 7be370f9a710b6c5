import { isIPv6 } from 'node:net';
import { ContractError } from '@scoria/driver-sdk';

/** tgtd refuses every other one ("invalid port supplied", 1.0.85: it takes an old errno for an error of its own). */
const PORT = 3260;

/**
 * Whether a tgtd started by us can listen there for iSER: its RDMA side listens at every IPv4 address of the host, at its fixed port.
 *
 * @throws ContractError INVALID_CONFIGURATION
 */
export function checkIserPortals(addresses: readonly string[], port: number): void {
  if (port !== PORT) {
    throw new ContractError(
      'INVALID_CONFIGURATION',
      `tgtd's iSER driver listens at port ${PORT} and at no other: "iser_port" cannot be ${port} with "tgt_spawn"`,
      { details: { option: 'iser_port' } },
    );
  }
  const bad = addresses.find((address) => isIPv6(address.replace(/^\[(.*)\]$/, '$1')));
  if (bad !== undefined) {
    throw new ContractError(
      'INVALID_CONFIGURATION',
      `tgtd's iSER driver listens at IPv4 addresses only, and "${bad}" is none`,
      { details: { option: 'iser_ip_address' } },
    );
  }
}
