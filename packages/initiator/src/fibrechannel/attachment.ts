import {
  type ConnectionInfo,
  ContractError,
  type FibreChannelConnectionData,
  type Identity,
} from '@scoria/core/contract';

/** One way to a LUN: by a target port. */
export interface PortAddress {
  /** WWPN of the target port: 16 hex digits in lower case. */
  readonly wwpn: string;
  readonly lun: number;
}

/** One volume by all target ports that show it. */
export interface Attachment {
  /** At least one. */
  readonly addresses: readonly PortAddress[];
  /** Target ports that each initiator port may use; null: any. Both plain. */
  readonly allowed: ReadonlyMap<string, ReadonlySet<string>> | null;
}

/** A world-wide name without colons and `0x`, in lower case: sysfs, connections and people write it differently. */
export function plainWwn(text: string): string {
  return text.trim().replace(/^0x/i, '').replaceAll(':', '').toLowerCase();
}

/** Names a LUN in messages. */
export function describe({ wwpn, lun }: PortAddress): string {
  return `LUN ${lun} of port ${wwpn}`;
}

/** What a connection is about. @throws ContractError INVALID_CONNECTOR when it is of no Fibre Channel; INVALID_ARGUMENT when ports and LUNs do not pair up */
export function attachmentOf(info: ConnectionInfo): {
  readonly attachment: Attachment;
  readonly data: FibreChannelConnectionData;
  readonly identity: Identity | null;
} {
  if (info.driver_volume_type !== 'fibre_channel') {
    throw new ContractError(
      'INVALID_CONNECTOR',
      `The Fibre Channel connector attaches fibre_channel volumes, not ${info.driver_volume_type}.`,
    );
  }
  const { data, identity = null } = info;
  return { attachment: { addresses: addressesOf(data), allowed: allowedBy(data) }, data, identity };
}

/** `target_wwn` is one name or a list (contract.md §10); the plural keys win, as with os-brick. LUNs pair up with ports, or one is of all. */
function addressesOf(data: FibreChannelConnectionData): PortAddress[] {
  const wwns = data.target_wwns ?? (Array.isArray(data.target_wwn) ? data.target_wwn : [data.target_wwn]);
  const luns = data.target_luns ?? wwns.map(() => data.target_lun);
  if (luns.length !== wwns.length && luns.length !== 1) {
    throw new ContractError(
      'INVALID_ARGUMENT',
      `The connection names ${wwns.length} target ports and ${luns.length} LUNs: they do not pair up.`,
    );
  }
  const addresses = wwns.map((wwn, index) => ({
    wwpn: plainWwn(wwn),
    lun: luns[index] ?? luns[0] ?? data.target_lun,
  }));
  return addresses.filter(
    (each, index) => addresses.findIndex(({ wwpn, lun }) => wwpn === each.wwpn && lun === each.lun) === index,
  );
}

function allowedBy({ initiator_target_map: map }: FibreChannelConnectionData): Attachment['allowed'] {
  if (map === undefined) return null;
  return new Map(
    Object.entries(map).map(([initiator, targets]) => [plainWwn(initiator), new Set(targets.map(plainWwn))]),
  );
}

/** A name that says all: `fc 5001405…:1 5001405…:1`. */
export function handleOf({ addresses }: Pick<Attachment, 'addresses'>): string {
  return ['fc', ...addresses.map(({ wwpn, lun }) => `${wwpn}:${lun}`)].join(' ');
}

/** @throws ContractError INVALID_ARGUMENT when it is no handle of this connector */
export function parseHandle(handle: string): Attachment {
  const [kind, ...words] = handle.split(' ');
  const addresses = words.flatMap((word): PortAddress[] => {
    const match = /^([0-9a-f]{16}):(\d+)$/.exec(word);
    return match?.[1] === undefined ? [] : [{ wwpn: match[1], lun: Number(match[2]) }];
  });
  if (kind !== 'fc' || addresses.length === 0 || addresses.length !== words.length) {
    throw new ContractError('INVALID_ARGUMENT', `"${handle}" is no handle of the Fibre Channel connector.`);
  }
  return { addresses, allowed: null };
}

/** Whether both are about a LUN of the same target port. */
export function overlaps(one: Attachment, other: Attachment): boolean {
  return one.addresses.some(({ wwpn, lun }) =>
    other.addresses.some((each) => each.wwpn === wwpn && each.lun === lun),
  );
}
