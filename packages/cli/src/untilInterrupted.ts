import { CliError } from './cliError.ts';

/**
 * Runs `work` with a signal that SIGINT, SIGTERM and SIGHUP abort, so that it can take back what it has done. A second one
 * ends the process at once.
 *
 * @throws whatever `work` throws; the signal's reason is a CliError interrupted
 */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (): void => {
    controller.abort(new CliError('interrupted', 'Interrupted; what had been done has been taken back.'));
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.once(signal, interrupt);
  try {
    return await work(controller.signal);
  } finally {
    for (const signal of signals) process.off(signal, interrupt);
  }
}
