import { setTimeout } from 'node:timers/promises';
import { ContractError } from '@scoria/driver-sdk';
import { sameIscsiName } from '@scoria/target-kit';
import { tolerating } from '../errors.ts';
import type { ShownSession } from '../proc/parse.ts';
import { type IetContext, showTarget } from './context.ts';

/** How long a session may outlive its initiator's logout, or its connections. */
const LINGER_MS = 2_000;
const END_MS = 5_000;
const POLL_MS = 10;

/** Whose sessions are meant: one initiator's, or everybody's (null). */
export const of =
  (initiator: string | null) =>
  (session: Pick<ShownSession, 'initiator'>): boolean =>
    initiator === null || sameIscsiName(session.initiator, initiator);

async function waitForEnd(
  context: IetContext,
  iqn: string,
  initiator: string | null,
  ms: number,
): Promise<readonly ShownSession[]> {
  const end = performance.now() + ms;
  for (;;) {
    const left = ((await showTarget(context, iqn))?.sessions ?? []).filter(of(initiator));
    if (left.length === 0 || performance.now() > end) return left;
    await setTimeout(POLL_MS);
  }
}

/** @throws ContractError VOLUME_IS_BUSY when there are sessions after the time in which those that have ended go by themselves */
export async function requireNoSessions(
  context: IetContext,
  iqn: string,
  initiator: string | null,
): Promise<void> {
  const left = await waitForEnd(context, iqn, initiator, LINGER_MS);
  if (left.length === 0) return;
  throw new ContractError(
    'VOLUME_IS_BUSY',
    `${iqn} is in use by ${[...new Set(left.map((each) => each.initiator))].join(', ')}: log out first, or use force`,
    { details: { sessions: left.length } },
  );
}

/** Breaks the connections, and waits until their sessions are gone. @throws ContractError TARGET_DETACH_FAILED; IetError */
export async function dropSessions(
  context: IetContext,
  iqn: string,
  initiator: string | null,
): Promise<void> {
  const shown = await showTarget(context, iqn);
  for (const { sid, connections } of (shown?.sessions ?? []).filter(of(initiator)))
    for (const { cid } of connections)
      await tolerating(['ABSENT', 'EXISTS'], () => context.ietadm.closeConnection(shown?.tid ?? 0, sid, cid));
  const left = await waitForEnd(context, iqn, initiator, END_MS);
  if (left.length > 0)
    throw new ContractError('TARGET_DETACH_FAILED', `sessions of ${iqn} outlive their connections`);
}
