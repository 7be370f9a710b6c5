import { isInitiatorName } from '../accessRules.ts';
import type { Lld, TgtClient } from '../management/index.ts';
import { tolerating } from './listing.ts';

/** A target's access lists. */
interface Lists {
  readonly client: TgtClient;
  readonly lld: Lld;
  readonly tid: number;
}

/** Puts a name or an address into a target's access lists. One that is there is a success. @throws TgtError */
export async function letIn({ client, lld, tid }: Lists, rule: string): Promise<void> {
  await tolerating(['ACL_EXISTS'], () =>
    isInitiatorName(rule) ? client.allow(lld, tid, rule) : client.allowAddress(lld, tid, rule),
  );
}

/** Takes a name or an address out of a target's access lists. One that is not there is a success. @throws TgtError */
export async function lockOut({ client, lld, tid }: Lists, rule: string): Promise<void> {
  await tolerating(['NO_ACL'], () =>
    isInitiatorName(rule) ? client.disallow(lld, tid, rule) : client.disallowAddress(lld, tid, rule),
  );
}
