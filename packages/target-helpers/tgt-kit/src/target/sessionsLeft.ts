import { setTimeout } from 'node:timers/promises';
import type { Lld, ShownSession, TgtClient } from '../management/index.ts';

/** How long a session may outlive the initiator's logout: tgtd notices the end of a connection only in its own time. */
const LINGER_MS = 2_000;
const POLL_MS = 10;

/**
 * The sessions that are meant and still there after the time in which those that were just ended go by themselves.
 *
 * @throws TgtError
 */
export async function sessionsLeft(
  client: TgtClient,
  asked: { readonly lld: Lld; readonly tid: number; readonly isMeant: (session: ShownSession) => boolean },
): Promise<ShownSession[]> {
  const end = performance.now() + LINGER_MS;
  for (;;) {
    const left = (await client.showSessions(asked.lld, asked.tid)).filter(asked.isMeant);
    if (left.length === 0 || performance.now() > end) return left;
    await setTimeout(POLL_MS);
  }
}
