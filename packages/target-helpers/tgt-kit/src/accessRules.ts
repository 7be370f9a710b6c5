import type { TargetRecord } from './record.ts';

/** tgt's word for every address. */
export const ALL_ADDRESSES = 'ALL';

/** Whether an entry of a target's access lists, which tgtd shows as one, is an initiator's name; an address otherwise. */
export function isInitiatorName(rule: string): boolean {
  return /^(iqn|eui|naa)\./i.test(rule);
}

/**
 * The record with every address let in when its initiators could not log in without: over iSER, to a tgtd that asks for name and address
 * both. As long as it does, names alone decide who has access; a target that nobody has access to lets no address in either.
 *
 * @param asksForBoth what the daemon does now: a record may be from another release's time
 */
export function withAddressRule(record: TargetRecord, asksForBoth: boolean): TargetRecord {
  const allAddresses = asksForBoth && record.lld === 'iser' && record.access.length > 0;
  return { ...record, allAddresses };
}

/** What a target's access lists are to hold, as tgtd shows them: addresses before names. */
export function accessList(record: Pick<TargetRecord, 'access' | 'allAddresses'>): string[] {
  const names = record.access.map((each) => each.initiator);
  return record.allAddresses ? [ALL_ADDRESSES, ...names] : names;
}

/** The entries that give access by themselves: without the addresses that a name needs beside it. */
export function grantsOf(acl: readonly string[], allAddresses: boolean): string[] {
  return acl.filter((rule) => !(allAddresses && rule === ALL_ADDRESSES));
}
