import type { InitiatorAccess } from '@scoria/driver-sdk';
import { tolerating } from '../errors.ts';
import type { IetContext } from './context.ts';

/**
 * Makes accounts certain to be there, each once. IET lists no accounts and takes a name twice, so each is removed first. Whoever calls it keeps
 * their initiators out meanwhile: a target without accounts asks nobody for credentials.
 *
 * @throws IetError
 */
export async function renewAccounts(
  context: IetContext,
  tid: number,
  access: readonly InitiatorAccess[],
): Promise<void> {
  await removeAccounts(context, tid, access);
  for (const { chap } of access)
    if (chap) await context.ietadm.createAccount(tid, chap.username, chap.password);
}

/** Absent is success. ietd keeps the accounts of a target that is gone, and would give them to the next with its id. @throws IetError */
export async function removeAccounts(
  { ietadm }: IetContext,
  tid: number,
  access: readonly InitiatorAccess[],
): Promise<void> {
  for (const { chap } of access)
    if (chap) await tolerating(['ABSENT'], () => ietadm.deleteAccount(tid, chap.username));
}
