import { isIPv6 } from 'node:net';

/** An address as rtslib writes it: IPv6 in brackets. */
export const formatHost = (address: string) => (isIPv6(address) ? `[${address}]` : address);

/** An address without its brackets. */
export const parseHost = (text: string) => text.replace(/^\[(.*)\]$/, '$1');
