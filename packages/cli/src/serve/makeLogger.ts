import { type Logger, pino } from 'pino';

/** The service's logger: JSON lines on stderr, written before anything goes on, so that none is lost at the end. */
export function makeLogger(level: string): Logger {
  return pino({ name: 'scoria', level }, pino.destination({ dest: 2, sync: true }));
}
