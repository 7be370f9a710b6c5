import { ContractError, type ErrorCode, type Work } from '@scoria/core/contract';
import type { DataMover } from '@scoria/data-mover';
import { DataMoverError, type DataMoverErrorCode } from '@scoria/data-mover';
import type { RunContext } from '../journal/index.ts';

const codes: Readonly<Record<DataMoverErrorCode, ErrorCode>> = {
  INVALID_REQUEST: 'INVALID_RESULT',
  CANNOT_OPEN: 'DEVICE_UNAVAILABLE',
  NOT_A_FILE_OR_DEVICE: 'DEVICE_UNAVAILABLE',
  IDENTITY_MISMATCH: 'DEVICE_UNAVAILABLE',
  IDENTITY_UNPROVEN: 'DEVICE_UNAVAILABLE',
  OVERLAP: 'INVALID_RESULT',
  SOURCE_TOO_SMALL: 'DEVICE_UNAVAILABLE',
  DESTINATION_TOO_SMALL: 'DEVICE_UNAVAILABLE',
  SOURCE_CHANGED: 'DEVICE_UNAVAILABLE',
  NO_SPACE: 'NO_SPACE',
  IO_ERROR: 'BACKEND_ERROR',
  VERIFY_FAILED: 'BACKEND_ERROR',
  GUARANTEE_UNAVAILABLE: 'BACKEND_ERROR',
  STREAM_BROKEN: 'BACKEND_ERROR',
  CANCELLED: 'CANCELLED',
  WORKER_FAILED: 'INTERNAL',
  CLOSED: 'NOT_INITIALIZED',
};

const PROGRESS_MS = 1_000;

/**
 * Runs the work that a driver named, one piece after the other, in the data-mover's threads (design.md §2). Idempotent:
 * after a restart all of it is done again.
 *
 * @param onProgress told from time to time how much is done, in percent of all pieces.
 * @throws ContractError what went wrong, naming the path.
 */
export async function runWork(
  mover: Pick<DataMover, 'copy'>,
  work: readonly Work[],
  context: Pick<RunContext<unknown>, 'signal' | 'log'>,
  onProgress: (percent: number) => void = () => undefined,
): Promise<void> {
  const total = work.reduce((sum, { length }) => sum + length, 0);
  let before = 0;
  for (const piece of work) {
    if (piece.kind === 'wipe')
      throw new ContractError(
        'UNIMPLEMENTED',
        `the driver asks for ${piece.target.path} to be wiped, which this version cannot do`,
      );
    const { source, destination, length, destinationIsZero } = piece;
    try {
      const copied = await mover.copy(
        { source, destination, length, destinationIsZero },
        {
          signal: context.signal,
          onProgress: ({ doneBytes }) => {
            context.log.debug({ doneBytes, length }, 'copying');
            onProgress(Math.floor((100 * (before + doneBytes)) / Math.max(1, total)));
          },
          progressIntervalMs: PROGRESS_MS,
        },
      );
      context.log.info(
        {
          bytes: copied.bytes,
          copiedBytes: copied.copiedBytes,
          method: copied.method,
          ms: copied.durationMs,
        },
        'copied',
      );
      before += length;
    } catch (error) {
      if (!(error instanceof DataMoverError)) throw error;
      throw new ContractError(
        codes[error.code],
        `copying ${source.path} to ${destination.path}: ${error.message}`,
        {
          cause: error,
        },
      );
    }
  }
}
