import type { TargetState } from '@scoria/driver-sdk';
import { type ShownTarget, shownMegabytes } from '../management/index.ts';
import { ANCHOR } from '../record.ts';

const DECIMAL_MEGABYTE = 1_000_000;

/**
 * The shown target in the terms of the contract. tgtd shows sizes in megabytes only: the exact size of the backing file is used
 * where it agrees with them.
 */
export function toTargetState(shown: ShownTarget, backingBytes?: number): TargetState {
  return {
    iqn: shown.iqn,
    tid: shown.tid,
    luns: shown.luns
      .filter((each) => each.type !== 'controller')
      .map((each) => ({
        lun: each.lun,
        path: each.path ?? '',
        serial: each.serial,
        size:
          backingBytes !== undefined && shownMegabytes(backingBytes) === each.megabytes
            ? backingBytes
            : each.megabytes * DECIMAL_MEGABYTE,
      })),
    initiators: shown.acl,
    accounts: shown.accounts.filter((name) => name !== ANCHOR),
    sessions: shown.sessions.map(({ initiator, connections }) => ({
      initiator,
      address: connections.map((each) => each.address).join(' '),
    })),
  };
}
