import { setTimeout } from 'node:timers/promises';
import type { Logger } from '@scoria/driver-sdk';
import { isTgtError, parseTarget, type TgtClient } from '../management/index.ts';
import { processIdentity } from './identity.ts';
import { readPidFile, removePidFile } from './pidFile.ts';
import { pidFileOf } from './spawn.ts';

const STOP_MS = 5_000;
const POLL_MS = 10;

/**
 * Stops the tgtd that was spawned on this control socket, unless an initiator has a session: its targets come back from
 * their configuration files at the next start, a broken session would not. tgtd ignores SIGTERM, so one with targets is killed.
 */
export async function stopTgtd(client: TgtClient, controlPath: string, log: Logger): Promise<void> {
  const process_ = await readPidFile(pidFileOf(controlPath));
  if (!process_) return;
  try {
    const live = [...(await client.showTargets()).values()]
      .map(parseTarget)
      .filter((each) => each.sessions.length > 0);
    if (live.length > 0) {
      log.warn({ targets: live.map((each) => each.iqn) }, 'tgtd is left running: initiators have sessions');
      return;
    }
    await client.stopDaemon();
  } catch (error) {
    if (!isTgtError(error)) throw error;
    if (isTgtError(error, 'INVALID_REQUEST')) process.kill(process_.pid, 'SIGKILL');
    else if (!isTgtError(error, 'DAEMON_NOT_RUNNING', 'DAEMON_CLOSED')) throw error;
  }
  const end = performance.now() + STOP_MS;
  while ((await processIdentity(process_.pid))?.startTime === process_.startTime) {
    if (performance.now() > end) {
      process.kill(process_.pid, 'SIGKILL');
      break;
    }
    await setTimeout(POLL_MS);
  }
  await removePidFile(pidFileOf(controlPath));
}
