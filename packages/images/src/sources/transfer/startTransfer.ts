import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { COMMAND_PATH } from '@scoria/host-exec';
import { ImageError } from '../../errors.ts';
import { programFile } from '../../programFile.ts';
import { nobody } from './privileges.ts';
import { type TransferReport, transferReportSchema } from './report.ts';
import type { TransferRequest } from './request.ts';

/** The end of a transfer that went well. */
export type TransferDone = Extract<TransferReport, { event: 'done' }>;

/** A transfer that runs. */
export interface Transfer {
  /** Resolves when the server has agreed. @throws ImageError */
  readonly started: Promise<void>;
  /** @throws ImageError */
  readonly finished: Promise<TransferDone>;
  /** Ends it if it still runs, and waits until it is gone. Idempotent. */
  stop(): Promise<void>;
}

/** What the program never needs: to write files by name, to start processes or threads, to load addons, much memory. */
const confined = ['--permission', '--allow-fs-read=*', '--max-old-space-size=128'];

/**
 * Starts the transfer program on a descriptor: the write end of a pipe to fill, or a file or read end of a pipe to send. The caller
 * closes its own copy. Headers go by stdin, so that a token is neither in argv nor in the environment.
 *
 * @param signal ends it, whatever it is doing
 */
export function startTransfer(
  request: Omit<TransferRequest, 'become'>,
  dataFd: number,
  signal: AbortSignal,
): Transfer {
  if (signal.aborted) throw cancelled(signal);
  const child = spawn(process.execPath, [...confined, programFile('transferImage')], {
    env: { LC_ALL: 'C', PATH: COMMAND_PATH },
    cwd: '/',
    // A terminal's Ctrl-C is the service's to handle; the end of stdin ends the child.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore', 'pipe', dataFd],
  });
  const started = Promise.withResolvers<void>();
  const finished = Promise.withResolvers<TransferDone>();
  // Whoever waits for one of them may come later than its failure.
  started.promise.catch(() => undefined);
  finished.promise.catch(() => undefined);
  const gone = Promise.withResolvers<void>();
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  const fail = (error: ImageError): void => {
    started.reject(error);
    finished.reject(error);
  };
  const onAbort = (): void => {
    fail(cancelled(signal));
    kill();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  followReports(child, (report) => {
    if (report.event === 'started') started.resolve();
    else if (report.event === 'failed') fail(new ImageError(report.code, report.message));
    else {
      started.resolve();
      finished.resolve(report);
    }
  });
  const ended = (why: string): void => {
    signal.removeEventListener('abort', onAbort);
    fail(new ImageError('SOURCE_UNAVAILABLE', `the transfer ended ${why}`));
    gone.resolve();
  };
  child.once('error', (error) => ended(`before it began: ${error.message}`));
  // 'close' comes after the last report was read.
  child.once('close', (code, name) => ended(`without a word (${name ?? `exit code ${code}`})`));
  const become = process.geteuid?.() === 0 ? nobody : null;
  const stdin = child.stdin as Writable;
  // A child that is gone already is noticed by its end.
  stdin.on('error', () => undefined);
  stdin.write(`${JSON.stringify({ ...request, become } satisfies TransferRequest)}\n`);
  return {
    started: started.promise,
    finished: finished.promise,
    async stop() {
      fail(new ImageError('CANCELLED', 'the transfer was stopped'));
      kill();
      await gone.promise;
    },
  };
}

function followReports(child: ChildProcess, onReport: (report: TransferReport) => void): void {
  const reports = createInterface({ input: child.stdio[3] as Readable });
  reports.on('line', (line) => {
    const report = parseReport(line);
    if (report !== null) onReport(report);
  });
}

/** Half a line of a child that was killed counts as silence, and its end then as a failure. */
function parseReport(line: string): TransferReport | null {
  try {
    return transferReportSchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

function cancelled(signal: AbortSignal): ImageError {
  return new ImageError('CANCELLED', 'cancelled', { cause: signal.reason });
}
