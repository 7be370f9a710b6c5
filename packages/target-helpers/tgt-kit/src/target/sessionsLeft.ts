import { setTimeout } from 'node:timers/promises';
import type { Lld, ShownSession, TgtClient } from '../management/index.ts';
import { patience } from './patience.ts';

/**
 * The sessions that are meant and still there after the time in which those that were just ended go by themselves: two seconds over TCP,
 * fifteen over RDMA.
 *
 * @throws TgtError
 */
export async function sessionsLeft(
  client: TgtClient,
  asked: { readonly lld: Lld; readonly tid: number; readonly isMeant: (session: ShownSession) => boolean },
): Promise<ShownSession[]> {
  const { forMs, everyMs } = patience[asked.lld].linger;
  const end = performance.now() + forMs;
  for (;;) {
    const left = (await client.showSessions(asked.lld, asked.tid)).filter(asked.isMeant);
    if (left.length === 0 || performance.now() > end) return left;
    await setTimeout(everyMs);
  }
}
