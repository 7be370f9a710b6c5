import { defaultSupervisorSettings, type SupervisorSettings } from '@scoria/core';
import { duration, table } from './markdown.ts';

/** What a driver's author sees of the supervisor's patience, in the order of a driver's life. */
const times = {
  startTimeoutMs: 'from the start of the process to a probe that is not `starting`',
  heartbeatMs: 'between two health checks, each a `$/ping` and a `probe`',
  heartbeatTimeoutMs: 'for the answer to a `$/ping`; after it the driver is killed',
  cancelGraceMs: 'for the answer to a call that was cancelled, when its cancel meaning is *stop*',
  drainMs: 'for the calls under way, before a `shutdown`',
  shutdownMs: 'for the answer to `shutdown`',
  exitMs: 'for the exit, after the wire was closed',
  termMs: 'after SIGTERM to the process group, before SIGKILL',
  backOffMinMs: 'before the first restart; each further wait is twice as long',
  backOffMaxMs: 'the longest wait before a restart',
  crashWindowMs: 'in which crashes are counted',
} as const satisfies Partial<Record<keyof SupervisorSettings, string>>;

const limits = {
  crashLimit: 'crashes within that window that put a driver into quarantine',
  maxConcurrent: 'calls under way at once; more wait in the host',
  maxLogLineBytes: 'bytes of a line of log; what is longer is cut',
  maxLogLinesPerSecond: 'lines of log per second; what is more is counted and dropped',
} as const satisfies Partial<Record<keyof SupervisorSettings, string>>;

const keysOf = <Key extends string>(of: Readonly<Record<Key, string>>): Key[] => Object.keys(of) as Key[];

/** The generated block of `docs/protocol.md` that says how patient a host is, unless it is told otherwise. */
export function timesTable(): Record<string, string> {
  return {
    times: table(
      ['How long, how much', 'Default'],
      [
        ...keysOf(times).map((key) => [times[key], duration(defaultSupervisorSettings[key])]),
        ...keysOf(limits).map((key) => [limits[key], String(defaultSupervisorSettings[key])]),
      ],
    ),
  };
}
