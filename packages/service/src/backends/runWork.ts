import {
  ContractError,
  type CopyWork,
  type ErrorCode,
  type WipeWork,
  type Work,
} from '@scoria/core/contract';
import type { DataMover, Progress } from '@scoria/data-mover';
import { DataMoverError, type DataMoverErrorCode } from '@scoria/data-mover';
import type { RunContext } from '../journal/index.ts';
import { type BackendIo, plainIo } from './backendIo.ts';

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

/** What work runs in. */
export type WorkContext = Pick<RunContext<unknown>, 'signal' | 'log' | 'marks'>;

/** What moves the bytes. */
type Mover = Pick<DataMover, 'copy' | 'wipe'>;

/** How far all pieces are together. */
export interface WorkProgress {
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/**
 * Runs the work that a driver named, one piece after the other, in the data-mover's threads (design.md §2). Idempotent: after a restart
 * each piece goes on at its last checkpoint. Its destination is marked dirty until it is done.
 *
 * @param onProgress told from time to time how much is done, in percent and bytes of all pieces.
 * @param io how the backend's bytes are moved.
 * @throws ContractError what went wrong, naming the path; the mark stays.
 */
export async function runWork(
  mover: Mover,
  work: readonly Work[],
  context: WorkContext,
  onProgress?: (percent: number, progress: WorkProgress) => void,
  io: BackendIo = plainIo,
): Promise<void> {
  await runMarked(mover, work, context, { onProgress, io, doomed: false });
  for (const piece of work) await context.marks.clean(piece);
}

/** As {@link runWork}, on what is going to be removed: the marks stay, for the caller to clean when it is gone. */
export function runDoomed(
  mover: Mover,
  work: readonly Work[],
  context: WorkContext,
  onProgress?: (percent: number, progress: WorkProgress) => void,
  io: BackendIo = plainIo,
): Promise<void> {
  return runMarked(mover, work, context, { onProgress, io, doomed: true });
}

interface RunOptions {
  readonly onProgress: ((percent: number, progress: WorkProgress) => void) | undefined;
  readonly io: BackendIo;
  readonly doomed: boolean;
}

async function runMarked(
  mover: Mover,
  work: readonly Work[],
  context: WorkContext,
  { onProgress, io, doomed }: RunOptions,
): Promise<void> {
  const totalBytes = work.reduce((sum, { length }) => sum + length, 0);
  let before = 0;
  for (const piece of work) {
    const resumeFrom = await context.marks.begin(piece, doomed);
    if (resumeFrom > 0)
      context.log.info({ resumeFrom, length: piece.length }, `${piece.kind} taken up at its checkpoint`);
    const checkpoint = checkpoints(piece, resumeFrom, context);
    const options = {
      signal: context.signal,
      onProgress: (progress: Progress) => {
        const doneBytes = before + progress.doneBytes;
        context.log.debug({ doneBytes, totalBytes }, `${piece.kind} goes on`);
        checkpoint(progress.durableBytes);
        onProgress?.(Math.floor((100 * doneBytes) / Math.max(1, totalBytes)), { doneBytes, totalBytes });
      },
      progressIntervalMs: PROGRESS_MS,
    };
    try {
      const result =
        piece.kind === 'copy'
          ? await mover.copy({ ...copyRequest(piece), resumeFrom, io: io.copy }, options)
          : await mover.wipe({ ...wipeRequest(piece), resumeFrom, io: io.wipe }, options);
      context.log.info(result, `${piece.kind} done`);
    } catch (error) {
      if (!(error instanceof DataMoverError)) throw error;
      throw new ContractError(codes[error.code], `${nameOf(piece)}: ${error.message}`, { cause: error });
    }
    before += piece.length;
  }
}

/** Writes down how far a piece is, one write at a time. One that fails is only late: the next run does more than it would have to. */
function checkpoints(
  piece: Work,
  resumeFrom: number,
  { marks, log }: WorkContext,
): (durableBytes: number) => void {
  let reached = resumeFrom;
  let writing: Promise<void> = Promise.resolve();
  return (durableBytes) => {
    if (durableBytes === reached) return;
    reached = durableBytes;
    writing = writing
      .then(() => marks.reach(piece, durableBytes))
      .catch((error: unknown) => log.debug({ err: error }, 'a checkpoint could not be recorded'));
  };
}

function copyRequest({ source, destination, length, destinationIsZero }: CopyWork) {
  return { source, destination, length, destinationIsZero };
}

function wipeRequest({ target, length, method, guarantee }: WipeWork) {
  return { target, length, method, require: guarantee };
}

function nameOf(piece: Work): string {
  return piece.kind === 'copy'
    ? `copying ${piece.source.path} to ${piece.destination.path}`
    : `wiping ${piece.target.path}`;
}
