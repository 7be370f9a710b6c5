import type { InitiatorAccess, TargetSpec } from '@scoria/driver-sdk';
import { Secret } from '@scoria/driver-sdk';
import type { ChapCredentials } from '@scoria/target-kit';
import type { Lld } from './management/index.ts';

/** Everything that is needed to make a target again: what a volume's configuration file holds. */
export interface TargetRecord {
  readonly name: string;
  readonly iqn: string;
  /** The id it has, or had last: kept through a restart of the daemon, because locations name it. */
  readonly tid: number;
  readonly lld: Lld;
  readonly lun: number;
  readonly path: string;
  readonly serial: string;
  readonly scsiId: string;
  readonly writeCache: boolean;
  readonly thin: boolean;
  readonly blockSize: number;
  /** Colon-separated open flags. */
  readonly flags: string | null;
  /** Keeps the target asking for CHAP while accounts are exchanged; nobody is ever told its password. */
  readonly anchor: ChapCredentials;
  readonly access: readonly InitiatorAccess[];
  /** Whether every address is let in beside the names; see `withAddressRule`. */
  readonly allAddresses: boolean;
}

/** Name of the anchor account: the daemon's, shared by all targets and all drivers. */
export const ANCHOR = 'scoria-anchor';

/** Whether the target asks for CHAP. */
export function asksForChap(record: Pick<TargetRecord, 'access'>): boolean {
  return record.access.some((each) => each.chap !== null);
}

/** User names of the accounts that the target is to have, anchor first. */
export function accountNames(record: Pick<TargetRecord, 'access'>): string[] {
  const names = record.access.flatMap((each) => (each.chap ? [each.chap.username] : []));
  return names.length === 0 ? [] : [ANCHOR, ...new Set(names)];
}

/** Whether the LUN is to refuse writes: tgt has no rights per initiator, so all must be read-only. */
export function isReadOnly(record: Pick<TargetRecord, 'access'>): boolean {
  return record.access.length > 0 && record.access.every((each) => each.readOnly);
}

/** Whether two accesses say the same, credentials included. */
export function sameAccess(one: InitiatorAccess, other: InitiatorAccess): boolean {
  return (
    one.initiator === other.initiator &&
    one.readOnly === other.readOnly &&
    one.chap?.username === other.chap?.username &&
    (one.chap === null) === (other.chap === null) &&
    (one.chap === null || other.chap === null || one.chap.password.equals(other.chap.password))
  );
}

/** Whether two records say the same, credentials included. */
export function sameRecord(one: TargetRecord, other: TargetRecord): boolean {
  const { access: accessOne, anchor: _one, ...restOne } = one;
  const { access: accessOther, anchor: _other, ...restOther } = other;
  return (
    JSON.stringify(Object.entries(restOne).sort()) === JSON.stringify(Object.entries(restOther).sort()) &&
    accessOne.length === accessOther.length &&
    accessOne.every((each, index) => {
      const counterpart = accessOther[index];
      return counterpart !== undefined && sameAccess(each, counterpart);
    })
  );
}

/** The anchor's credentials in a new record; the password is thrown away with the record. */
export function newAnchor(password: string): ChapCredentials {
  return { username: ANCHOR, password: new Secret(password) };
}

export type { TargetSpec };
