import {
  type ConnectionInfo,
  ContractError,
  type Identity,
  type IscsiConnectionData,
} from '@scoria/core/contract';
import type { Budget } from '../budget.ts';
import { toContractError } from '../contractErrors.ts';
import { IscsiError } from './errors.ts';
import { type LunFacts, readLunFacts } from './inquiry.ts';
import { type Portal, parsePortal } from './portal.ts';
import { IscsiSession } from './session.ts';

/** One way to a LUN. */
export interface LunAddress {
  readonly portal: string;
  readonly iqn: string;
  readonly lun: number;
}

/** A LUN that has shown the identity it was promised to have, with the session it did so in. */
export interface ProvenLun {
  readonly address: LunAddress;
  readonly identity: Identity;
  readonly facts: LunFacts;
  /** Still the same LUN, asked in the same session. @throws ContractError DEVICE_UNAVAILABLE */
  proveAgain(): Promise<LunFacts>;
  /** Ends the session. */
  close(): Promise<void>;
}

/** All portals of a connection, the main one first (contract.md §15). */
export function addressesOf(data: IscsiConnectionData): [LunAddress, ...LunAddress[]] {
  const first = { portal: data.target_portal, iqn: data.target_iqn, lun: data.target_lun };
  const others = (data.target_portals ?? []).map((portal, index) => ({
    portal,
    iqn: data.target_iqns?.[index] ?? data.target_iqn,
    lun: data.target_luns?.[index] ?? data.target_lun,
  }));
  return [first, ...others.filter((other) => other.portal !== first.portal || other.iqn !== first.iqn)];
}

/**
 * Logs in to the first portal that answers and has the LUN prove its identity. Reads only.
 *
 * @throws ContractError DEVICE_UNAVAILABLE, VOLUME_DEVICE_NOT_FOUND, BACKEND_UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED
 */
export async function proveLun(
  data: IscsiConnectionData,
  promised: Identity,
  initiatorName: string,
  budget: Budget,
): Promise<ProvenLun> {
  const { session, address } = await openFirst(data, initiatorName, budget);
  const facts = async (): Promise<LunFacts> => {
    try {
      const seen = await readLunFacts(session, address.lun);
      checkIdentity(seen, promised, address);
      return seen;
    } catch (error) {
      if (budget.signal.aborted) throw budget.error(`asking ${describe(address)} for its identity`);
      throw toContractError(error, `Cannot read the identity of ${describe(address)}`);
    }
  };
  try {
    return {
      address,
      identity: promised,
      facts: await facts(),
      proveAgain: facts,
      close: () => session.logout(),
    };
  } catch (error) {
    session.close();
    throw error;
  }
}

/** The identity that a connection promises. @throws ContractError DEVICE_UNAVAILABLE when it promises none */
export function promisedIdentity(info: ConnectionInfo): Identity {
  if (info.identity !== undefined) return info.identity;
  throw new ContractError(
    'DEVICE_UNAVAILABLE',
    'The export does not say what identity its device will show, so the device could not be told from another. The driver must return `identity` with its connection information.',
  );
}

/** Names a LUN in messages. */
export function describe(address: LunAddress): string {
  return `LUN ${address.lun} of ${address.iqn} at ${address.portal}`;
}

async function openFirst(
  data: IscsiConnectionData,
  initiatorName: string,
  budget: Budget,
): Promise<{ session: IscsiSession; address: LunAddress }> {
  const chap =
    data.auth_username !== undefined && data.auth_password !== undefined
      ? { username: data.auth_username, secret: data.auth_password }
      : null;
  const addresses = addressesOf(data);
  let failure: { readonly error: unknown; readonly address: LunAddress } | null = null;
  for (const address of addresses) {
    try {
      const params = { initiatorName, targetName: address.iqn, chap };
      return { session: await IscsiSession.open(portalOf(address), params, budget.signal), address };
    } catch (error) {
      if (budget.signal.aborted) throw budget.error(`logging in to ${describe(address)}`);
      failure ??= { error, address };
      // Only silence makes the next portal worth a try; a refusal would be the same there.
      if (!(error instanceof IscsiError) || (error.code !== 'CONNECT' && error.code !== 'CLOSED')) break;
    }
  }
  throw toContractError(failure?.error, `Cannot log in to ${describe(failure?.address ?? addresses[0])}`);
}

function portalOf(address: LunAddress): Portal {
  return parsePortal(address.portal);
}

function checkIdentity(facts: LunFacts, promised: Identity, address: LunAddress): void {
  const shown = promised.type === 'serial' ? facts.serial : facts.naa.join(', ');
  const matches =
    promised.type === 'serial'
      ? facts.serial === promised.serial
      : promised.type === 'naa' && facts.naa.includes(promised.naa.toLowerCase());
  if (matches) return;
  const wanted =
    promised.type === 'serial' ? promised.serial : promised.type === 'naa' ? promised.naa : 'an inode';
  throw new ContractError(
    'DEVICE_UNAVAILABLE',
    `${describe(address)} shows ${promised.type} ${shown === null || shown === '' ? '(none)' : `"${shown}"`}, but its export promised "${wanted}": it is another volume. Nothing was read or written.`,
    {
      details: {
        promised: wanted,
        shown: shown ?? '',
        portal: address.portal,
        iqn: address.iqn,
        lun: address.lun,
      },
    },
  );
}
