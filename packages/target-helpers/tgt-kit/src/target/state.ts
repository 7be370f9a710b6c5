import type { TargetState } from '@scoria/driver-sdk';
import { grantsOf } from '../accessRules.ts';
import { type ShownTarget, shownMegabytes } from '../management/index.ts';
import { ANCHOR } from '../record.ts';

const DECIMAL_MEGABYTE = 1_000_000;

/**
 * The shown target in the terms of the contract. tgtd shows sizes in megabytes only: the exact size of the backing file is used
 * where it agrees with them.
 *
 * @param allAddresses whether every address is let in only because the names need it
 */
export function toTargetState(shown: ShownTarget, allAddresses: boolean, backingBytes?: number): TargetState {
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
    initiators: grantsOf(shown.acl, allAddresses),
    accounts: shown.accounts.filter((name) => name !== ANCHOR),
    sessions: shown.sessions.map(({ initiator, connections }) => ({
      initiator,
      address: connections.map((each) => each.address).join(' '),
    })),
  };
}
