import { isIP, isIPv6 } from 'node:net';
import { ContractError } from '@scoria/driver-sdk';

/** Where a target listens. */
export interface Portal {
  /** Address without brackets, or a host name. */
  readonly address: string;
  readonly port: number;
}

const HOST_NAME = /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/;

const bad = (text: string) =>
  new ContractError('INVALID_ARGUMENT', `"${text}" is no portal: address:port, IPv6 in brackets`);

/** `address:port`, an IPv6 address in brackets. @throws ContractError INVALID_ARGUMENT */
export function formatPortal({ address, port }: Portal): string {
  const bare = address.replace(/^\[(.*)\]$/, '$1');
  if (isIP(bare) === 0 && !HOST_NAME.test(bare)) throw bad(address);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw bad(`${address}:${port}`);
  return isIPv6(bare) ? `[${bare}]:${port}` : `${bare}:${port}`;
}

/** Reads `address:port`. @throws ContractError INVALID_ARGUMENT */
export function parsePortal(text: string): Portal {
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const address = match?.[1] ?? match?.[2];
  if (!match || address === undefined) throw bad(text);
  if (match[1] !== undefined && !isIPv6(match[1])) throw bad(text);
  const portal = { address, port: Number(match[3]) };
  formatPortal(portal);
  return portal;
}
