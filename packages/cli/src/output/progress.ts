import type { Globals } from '../globals.ts';

/** Runs `work` under a spinner on stderr, if that is a terminal and a person reads it. */
export async function withSpinner<T>(globals: Globals, text: string, work: () => Promise<T>): Promise<T> {
  if (!process.stderr.isTTY || globals.quiet || globals.json) return work();
  const { default: ora } = await import('ora');
  const spinner = ora({ text, stream: process.stderr }).start();
  try {
    return await work();
  } finally {
    spinner.stop();
  }
}
