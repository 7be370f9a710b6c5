import type { OperationProgress } from '../api/models.ts';
import type { Globals } from '../globals.ts';
import { progressLine } from './progressLine.ts';
import { TransferMeter } from './transferRate.ts';

/**
 * Runs `work` under a spinner on stderr, if that is a terminal and a person reads it. What `work` reports of its progress stands
 * behind the spinner's text; with `--json` it is one JSON object per line on stderr.
 */
export async function withSpinner<T>(
  globals: Globals,
  text: string,
  work: (report: (progress: OperationProgress) => void) => Promise<T>,
): Promise<T> {
  if (globals.quiet) return work(() => undefined);
  const meter = new TransferMeter();
  if (globals.json) return work((progress) => writeJson(progress, meter));
  if (!process.stderr.isTTY) return work(() => undefined);
  const { default: ora } = await import('ora');
  const spinner = ora({ text, stream: process.stderr }).start();
  try {
    return await work((progress) => {
      const rate = meter.look(progress.done_bytes, progress.total_bytes);
      spinner.text = `${text}  ${progressLine(progress, rate)}`;
    });
  } finally {
    spinner.stop();
  }
}

function writeJson(progress: OperationProgress, meter: TransferMeter): void {
  const rate = meter.look(progress.done_bytes, progress.total_bytes);
  const line = {
    progress: {
      operation: progress.operation,
      done_bytes: progress.done_bytes,
      total_bytes: progress.total_bytes,
      bytes_per_second: rate.bytesPerSecond === null ? null : Math.round(rate.bytesPerSecond),
      seconds_left: rate.secondsLeft === null ? null : Math.ceil(rate.secondsLeft),
    },
  };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}
