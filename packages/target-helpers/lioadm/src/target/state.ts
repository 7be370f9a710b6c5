import type { TargetState } from '@scoria/driver-sdk';
import type { Backstore } from '../kernel/backstore.ts';
import { blockSize } from '../kernel/device.ts';
import { TPG_TAG } from '../kernel/layout.ts';
import type { ShownTarget } from '../kernel/showTarget.ts';

/** Bytes that a backstore shows. */
export async function shownSize({ number, size }: Backstore): Promise<number> {
  return number === null ? (size ?? 0) : blockSize(number).catch(() => 0);
}

/** The shown target in the terms of the contract. The number of a target is that of its portal group. */
export function toTargetState(shown: ShownTarget, size: number): TargetState {
  return {
    iqn: shown.iqn,
    tid: TPG_TAG,
    luns: shown.luns.map(({ lun, backstore }) => ({
      lun,
      path: backstore?.device ?? '',
      serial: backstore?.serial ?? '',
      size,
    })),
    initiators: shown.acls.map((each) => each.initiator),
    accounts: shown.acls.flatMap((each) => (each.chap ? [each.chap.username] : [])),
    sessions: shown.sessions,
  };
}
