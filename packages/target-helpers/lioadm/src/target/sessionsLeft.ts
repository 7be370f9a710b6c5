import { setTimeout as delay } from 'node:timers/promises';
import { ContractError, type TargetSession } from '@scoria/driver-sdk';
import type { Configfs } from '@scoria/lio-kit';
import { showTarget } from '../kernel/showTarget.ts';

/** How long a session may outlive the initiator's logout. */
const LINGER_MS = 2_000;
const POLL_MS = 20;

/** The sessions that are meant and still there after the time in which those that were just ended go by themselves. */
export async function sessionsLeft(
  fs: Configfs,
  iqn: string,
  isMeant: (session: TargetSession) => boolean,
): Promise<TargetSession[]> {
  const end = performance.now() + LINGER_MS;
  for (;;) {
    const left = ((await showTarget(fs, iqn))?.sessions ?? []).filter(isMeant);
    if (left.length === 0 || performance.now() > end) return left;
    await delay(POLL_MS);
  }
}

/** The error for a target that somebody uses. */
export function busy(iqn: string, sessions: readonly TargetSession[]): ContractError {
  return new ContractError(
    'VOLUME_IS_BUSY',
    `${iqn} is in use by ${[...new Set(sessions.map((each) => each.initiator))].join(', ')}: log out first, or use force`,
    { details: { sessions: sessions.length } },
  );
}
