import { setTimeout } from 'node:timers/promises';
import type { TgtClient } from '../management/index.ts';
import type { TargetRecord } from '../record.ts';
import type { Quiet } from './patience.ts';

const SAMPLE_MS = 5;

/**
 * Waits until nobody has read or written for `quietMs`. What comes right after is not seen: the longer it was quiet, the less likely
 * that is.
 *
 * @returns false when there was no such time after `forMs`
 */
export async function becomesIdle(
  client: Pick<TgtClient, 'showCounters'>,
  { lld, lun }: Pick<TargetRecord, 'lld' | 'lun'>,
  tid: number,
  { quietMs, forMs }: Quiet,
): Promise<boolean> {
  const end = performance.now() + forMs;
  for (;;) {
    const first = await client.showCounters(lld, tid, lun);
    const since = performance.now();
    let isQuiet: boolean;
    // Looked at again even if this process was not run for as long: one look tells nothing.
    do {
      await setTimeout(SAMPLE_MS);
      const { submitted, done } = await client.showCounters(lld, tid, lun);
      isQuiet = submitted === first.submitted && done === submitted;
    } while (isQuiet && performance.now() - since < quietMs);
    if (isQuiet) return true;
    if (performance.now() >= end) return false;
  }
}
