import type { OperationProgress } from '../api/models.ts';
import { formatBytes, formatSeconds } from './formatBytes.ts';
import type { TransferRate } from './transferRate.ts';

const WIDTH = 24;

/** One line on how far a transfer is: bar, percent, bytes, rate, time left. */
export function progressLine(progress: OperationProgress, rate: TransferRate): string {
  const { done_bytes: done, total_bytes: total } = progress;
  const parts = total === null || total === 0 ? [formatBytes(done)] : [bar(done, total), share(done, total)];
  if (rate.bytesPerSecond !== null) parts.push(`${formatBytes(Math.round(rate.bytesPerSecond))}/s`);
  if (rate.secondsLeft !== null) parts.push(`${formatSeconds(rate.secondsLeft)} left`);
  return parts.join('  ');
}

function bar(done: number, total: number): string {
  const filled = Math.floor((WIDTH * Math.min(done, total)) / total);
  return `[${'#'.repeat(filled)}${'-'.repeat(WIDTH - filled)}]`;
}

function share(done: number, total: number): string {
  const percent = Math.floor((100 * Math.min(done, total)) / total);
  return `${String(percent).padStart(3)} %  ${formatBytes(done)} of ${formatBytes(total)}`;
}
