import type { InitiatorAccess } from '@scoria/driver-sdk';
import { sameIscsiName } from '@scoria/target-kit';
import type { ShownPortal } from './kernel/showTarget.ts';

/** Everything that is needed to make a target. */
export interface TargetRecord {
  /** Of the volume. */
  readonly name: string;
  /** Of the backstore: {@link Owner.backstoreName}. */
  readonly backstoreName: string;
  readonly iqn: string;
  readonly lun: number;
  readonly path: string;
  readonly serial: string;
  readonly portals: readonly ShownPortal[];
  readonly writeCache: boolean;
  readonly thin: boolean;
  readonly access: readonly InitiatorAccess[];
}

/** The access of one initiator. */
export function accessOf(access: readonly InitiatorAccess[], initiator: string): InitiatorAccess | undefined {
  return access.find((each) => sameIscsiName(each.initiator, initiator));
}

/** Whether two accesses say the same, credentials included. */
export function sameAccess(one: InitiatorAccess, other: InitiatorAccess): boolean {
  return (
    sameIscsiName(one.initiator, other.initiator) &&
    one.readOnly === other.readOnly &&
    one.chap?.username === other.chap?.username &&
    (one.chap === null) === (other.chap === null) &&
    (one.chap === null || other.chap === null || one.chap.password.equals(other.chap.password))
  );
}
