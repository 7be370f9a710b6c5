import type { TargetState } from '@scoria/driver-sdk';
import { TPG_TAG } from '@scoria/lio-kit';
import type { ShownTarget } from '../kernel/showTarget.ts';

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
