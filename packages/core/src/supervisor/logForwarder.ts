import type { Readable } from 'node:stream';
import type { Logger } from 'pino';
import { CappedLines } from './cappedLines.ts';
import type { Redactor } from './redaction.ts';

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** pino's numbers. */
const levelNames: Readonly<Record<number, Level>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

const keptLastWords = 20;
const maxLastWordChars = 500;

/**
 * Forwards what a driver writes to stdout and stderr into the service's log: pino lines as structured records of their
 * own level, other text as it is. Secrets are masked, floods are counted and dropped.
 */
export class LogForwarder {
  readonly #log: Logger;
  readonly #redactor: Redactor;
  readonly #maxLinesPerSecond: number;
  readonly #maxLineChars: number;
  readonly #lastWords: string[] = [];
  #second = 0;
  #linesInSecond = 0;

  constructor(options: {
    log: Logger;
    redactor: Redactor;
    maxLineBytes: number;
    maxLinesPerSecond: number;
  }) {
    this.#log = options.log;
    this.#redactor = options.redactor;
    this.#maxLineChars = options.maxLineBytes;
    this.#maxLinesPerSecond = options.maxLinesPerSecond;
  }

  /** The last lines that were no structured records: what a crash leaves behind. */
  get lastWords(): readonly string[] {
    return this.#lastWords;
  }

  /** Reads a stream to its end. Text without structure is logged at `textLevel`. */
  forward(stream: Readable, name: 'stdout' | 'stderr', textLevel: Level): void {
    const lines = new CappedLines(this.#maxLineChars, (line, truncated) =>
      this.#line(line, truncated, name, textLevel),
    );
    stream.on('data', (chunk: Buffer) => lines.push(chunk));
    stream.on('end', () => lines.end());
    stream.on('error', (error) =>
      this.#log.debug({ err: error, stream: name }, 'reading the log of a driver failed'),
    );
  }

  #line(line: string, truncated: boolean, stream: string, textLevel: Level): void {
    if (this.#flooded()) return;
    const level = levelOf(line);
    if (level !== undefined && !truncated) {
      if (this.#log.isLevelEnabled(level) && this.#record(line, level)) return;
      if (!this.#log.isLevelEnabled(level)) return;
    }
    const text = this.#redactor.text(line);
    if (stream === 'stderr') this.#remember(text);
    this.#log[textLevel]({ stream, ...(truncated && { truncated }) }, text);
  }

  #record(line: string, level: Level): boolean {
    let parsed: unknown;
    try {
      parsed = JSON.parse(line);
    } catch {
      // It only looked like a record: it is logged as text.
      return false;
    }
    const record = this.#redactor.value(parsed);
    if (typeof record !== 'object' || record === null) return false;
    const {
      level: _level,
      pid: _pid,
      hostname: _hostname,
      time,
      msg,
      ...fields
    } = record as Record<string, unknown>;
    if (level === 'fatal' || level === 'error') this.#remember(String(msg));
    this.#log[level]({ ...fields, driverTime: time }, typeof msg === 'string' ? msg : '');
    return true;
  }

  #remember(text: string): void {
    this.#lastWords.push(text.slice(0, maxLastWordChars));
    if (this.#lastWords.length > keptLastWords) this.#lastWords.shift();
  }

  #flooded(): boolean {
    const second = Math.floor(performance.now() / 1000);
    if (second !== this.#second) {
      const dropped = this.#linesInSecond - this.#maxLinesPerSecond;
      if (dropped > 0) this.#log.warn({ dropped }, 'the driver logs too much: lines were dropped');
      this.#second = second;
      this.#linesInSecond = 0;
    }
    this.#linesInSecond += 1;
    return this.#linesInSecond > this.#maxLinesPerSecond;
  }
}

/** The level of a pino line, without parsing it; undefined when it is no pino line. */
function levelOf(line: string): Level | undefined {
  const match = /^\{"level":(\d{2}),/.exec(line);
  return match === null ? undefined : levelNames[Number(match[1])];
}
