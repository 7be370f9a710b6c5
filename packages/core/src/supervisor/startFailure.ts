import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionLostError, DeadlineExceededError, ProtocolViolationError } from '@scoria/rpc';
import type { DriverProcess } from './driverProcess.ts';
import { describeExit, type ExitReport } from './exitReport.ts';
import type { DriverLaunch } from './launch.ts';
import type { SupervisorSettings } from './settings.ts';
import { DriverStartError } from './startError.ts';

/** The driver ended before it was ready. */
export function endedBeforeReady(launch: DriverLaunch, exit: ExitReport): DriverStartError {
  const message = `driver "${launch.driver.name}" ended before it was ready: ${describeExit(exit)}`;
  return new DriverStartError('exited', message, { exit });
}

/** Turns what broke the handshake into the reason that helps most, after the process is gone. */
export async function explainStartFailure(
  error: unknown,
  process: DriverProcess,
  { launch, settings, signal }: { launch: DriverLaunch; settings: SupervisorSettings; signal: AbortSignal },
): Promise<DriverStartError> {
  const { name } = launch.driver;
  const cause = error instanceof ConnectionLostError ? error.cause : undefined;
  const violation = cause instanceof ProtocolViolationError ? cause : undefined;
  if (error instanceof ConnectionLostError && violation === undefined && !signal.aborted) {
    const exit = await Promise.race([process.exited, sleep(settings.exitReportMs, undefined)]);
    if (exit !== undefined) return endedBeforeReady(launch, exit);
  }
  process.kill();
  const exit = await process.exited;
  if (signal.aborted)
    return new DriverStartError('aborted', `the start of driver "${name}" was given up`, { exit });
  if (error instanceof DriverStartError) return error;
  if (error instanceof DeadlineExceededError) {
    const message = `driver "${name}" was not ready within ${settings.startTimeoutMs} ms: no answer to "${error.method}"`;
    return new DriverStartError('timeout', message, { exit, cause: error });
  }
  const why = violation?.message ?? 'it closed fd 3 but lived on';
  const message = `driver "${name}" broke the protocol while it started: ${why}`;
  return new DriverStartError('violation', message, { exit, cause: error });
}
