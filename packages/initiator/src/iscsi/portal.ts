import { IscsiError } from './errors.ts';

/** Where a target listens. */
export interface Portal {
  /** Address or name, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

const DEFAULT_PORT = 3260;

/** Parses `ip:port`, `[ip6]:port` or an address without port (3260, RFC 7143 §13.8). @throws IscsiError PROTOCOL */
export function parsePortal(text: string): Portal {
  const match = /^(?:\[(?<six>[0-9A-Fa-f:.]+)\]|(?<host>[^:[\]\s]+))(?::(?<port>\d{1,5}))?$/.exec(text);
  const host = match?.groups?.['six'] ?? match?.groups?.['host'];
  const port = Number(match?.groups?.['port'] ?? DEFAULT_PORT);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new IscsiError('PROTOCOL', `"${text}" is not a portal (address:port, IPv6 in brackets)`);
  }
  return { host, port };
}
