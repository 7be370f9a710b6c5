import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino';

export type { Logger } from 'pino';

/**
 * The logger of a driver process: JSON lines on stderr, which the supervisor forwards into the service's log.
 * Writing is synchronous, so that the last words of a crash are not lost.
 */
export function createLogger(options: {
  name: string;
  level?: string;
  /** Default: stderr. */
  stream?: DestinationStream;
}): Logger {
  return pino(
    { base: { driver: options.name }, level: options.level ?? 'info', timestamp: stdTimeFunctions.isoTime },
    options.stream ?? destination({ dest: 2, sync: true }),
  );
}
