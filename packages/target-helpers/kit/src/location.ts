import { ContractError } from '@scoria/driver-sdk';
import { formatPortal, type Portal, parsePortal } from './portal.ts';

/** What a volume's `provider_location` says (contract.md §7.1, §15). */
export interface ProviderLocation {
  /** At least one; the first is the one that initiators without multipath use. */
  readonly portals: readonly Portal[];
  /** Target id, or portal group tag; 0 where the helper has none. */
  readonly tid: number;
  readonly iqn: string;
  /** Null when the text has none: the helper's default holds. */
  readonly lun: number | null;
}

/** `ip1:port;ip2:port,tid iqn lun`; the LUN is left out when it is null. @throws ContractError INVALID_ARGUMENT */
export function formatProviderLocation({ portals, tid, iqn, lun }: ProviderLocation): string {
  if (portals.length === 0) throw new ContractError('INVALID_ARGUMENT', 'a location needs a portal');
  if (iqn === '' || /\s/.test(iqn))
    throw new ContractError('INVALID_ARGUMENT', 'a location needs an IQN of one word');
  const discovery = `${portals.map(formatPortal).join(';')},${tid} ${iqn}`;
  return lun === null ? discovery : `${discovery} ${lun}`;
}

/**
 * Reads a location, or a line of a discovery, which has no LUN. A LUN that is not a number counts as missing, as with the
 * original.
 *
 * @throws ContractError INVALID_VOLUME for anything else
 */
export function parseProviderLocation(text: string): ProviderLocation {
  const [discovery = '', iqn = '', lunWord] = text.trim().split(/\s+/);
  const match = /^(.+),(\d+)$/.exec(discovery);
  if (!match || iqn === '') {
    throw new ContractError('INVALID_VOLUME', `"${text}" is no location of the form "ip:port,tid iqn lun"`);
  }
  try {
    return {
      portals: (match[1] ?? '').split(';').map(parsePortal),
      tid: Number(match[2]),
      iqn,
      lun: lunWord !== undefined && /^\d{1,5}$/.test(lunWord) ? Number(lunWord) : null,
    };
  } catch (cause) {
    throw new ContractError('INVALID_VOLUME', `"${text}" has a portal that is not address:port`, { cause });
  }
}
