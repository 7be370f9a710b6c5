import {
  type ConnectionInfo,
  ContractError,
  type Identity,
  type IscsiConnectionData,
} from '@scoria/core/contract';
import { addressesOf, type LunAddress } from '../iscsi/proof.ts';
import type { AddressingMode } from '../scsi/kernelLun.ts';
import type { IscsiTransport } from './sessions.ts';

/** One volume by all ways to it. */
export interface Attachment {
  readonly transport: IscsiTransport;
  /** At least one. */
  readonly addresses: readonly LunAddress[];
  readonly addressing: AddressingMode;
}

/** What a connection is about. @throws ContractError INVALID_CONNECTOR when it is of no iSCSI */
export function attachmentOf(info: ConnectionInfo): {
  readonly attachment: Attachment;
  readonly data: IscsiConnectionData;
  readonly identity: Identity | null;
} {
  if (info.driver_volume_type !== 'iscsi' && info.driver_volume_type !== 'iser') {
    throw new ContractError(
      'INVALID_CONNECTOR',
      `The open-iscsi connector attaches iscsi and iser volumes, not ${info.driver_volume_type}.`,
    );
  }
  const { data, driver_volume_type: transport, identity = null } = info;
  const attachment = { transport, addresses: addressesOf(data), addressing: data.addressing_mode ?? 'SAM' };
  return { attachment, data, identity };
}

/** A name that says all: `iscsi SAM 10.0.0.1:3260 iqn.…:volume-1 1`, with three words more for each further way. */
export function handleOf({ transport, addressing, addresses }: Attachment): string {
  const ways = addresses.map(({ portal, iqn, lun }) => `${portal} ${iqn} ${lun}`);
  return [transport, addressing, ...ways].join(' ');
}

/** @throws ContractError INVALID_ARGUMENT when it is no handle of this connector */
export function parseHandle(handle: string): Attachment {
  const [transport, addressing, ...words] = handle.split(' ');
  const addresses: LunAddress[] = [];
  for (let at = 0; at < words.length; at += 3) {
    const [portal, iqn, lun] = words.slice(at, at + 3);
    if (portal === undefined || iqn === undefined || !/^\d+$/.test(lun ?? '')) break;
    addresses.push({ portal, iqn, lun: Number(lun) });
  }
  if (
    (transport !== 'iscsi' && transport !== 'iser') ||
    (addressing !== 'SAM' && addressing !== 'SAM2' && addressing !== 'SAM3-flat') ||
    addresses.length === 0 ||
    addresses.length * 3 !== words.length
  ) {
    throw new ContractError('INVALID_ARGUMENT', `"${handle}" is no handle of the open-iscsi connector.`);
  }
  return { transport, addressing, addresses };
}

/** Whether both are about a LUN of the same target. */
export function overlaps(one: Attachment, other: Attachment): boolean {
  return (
    one.transport === other.transport &&
    one.addresses.some(({ iqn, lun }) => other.addresses.some((each) => each.iqn === iqn && each.lun === lun))
  );
}
