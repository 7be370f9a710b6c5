import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import type {
  CheckBlocksRequest,
  CheckBlocksResult,
  CheckFramesRequest,
  CheckFramesResult,
  ClearExtentsRequest,
  RestoreBlocksRequest,
  RestoreBlocksResult,
  StoreBlocksRequest,
  StoreBlocksResult,
} from './blocks/request.ts';
import { DEFAULT_CHECKPOINT_MS } from './checkpoint.ts';
import type { CompareRequest, CompareResult } from './compare/request.ts';
import { TaskControl } from './control.ts';
import { type LaunchedCopy, launchCopy } from './copy/launchCopy.ts';
import type { CopyRequest, CopyResult } from './copy/request.ts';
import type { DigestRequest, DigestResult } from './digest/digestRange.ts';
import { DataMoverError } from './errors.ts';
import { type TaskMessage, type TaskReply, unwrap } from './message.ts';
import type { ReceiveRequest, SendRequest, StreamResult } from './stream/request.ts';
import { createPoolMemory } from './throttle/poolMemory.ts';
import type { WipeRequest, WipeResult } from './wipe/request.ts';
import { workerFile } from './workerFile.ts';

/** Options of a {@link DataMover}. */
export interface DataMoverOptions {
  /** Tasks that run at once; the rest waits in order. Default: one per CPU, at least 2. */
  readonly maxThreads?: number;
  /** Threads that are kept though idle. Default 0: the first task pays for starting one. */
  readonly minThreads?: number;
  /** How long an idle thread is kept, in ms. Default 30 000. */
  readonly idleTimeoutMs?: number;
  /** Copies of at least this many bytes get a second thread that would be idle. Default 256 MiB: below, starting it costs more. */
  readonly helpFromBytes?: number;
  /**
   * A copy or wipe that is killed loses about so many ms of its work (`Progress.durableBytes`). Each checkpoint is a flush of the
   * destination, which holds up everything else on its disk. Default 5000.
   */
  readonly checkpointMs?: number;
  /** Path of the worker's file. Default: the one that was built. */
  readonly workerFile?: string;
}

/** How far a task is. */
export interface Progress {
  readonly doneBytes: number;
  /** Undefined when the length is not known before. */
  readonly totalBytes: number | undefined;
  /** Bytes from the start of the range that are durable: where a task that was killed can go on (`resumeFrom`). */
  readonly durableBytes: number;
}

/** Options of one task. */
export interface TaskOptions {
  /** Aborting it ends the task at its next chunk (within 200 ms), with CANCELLED. */
  readonly signal?: AbortSignal;
  /** Called while the task runs, and once more when it has succeeded. */
  readonly onProgress?: (progress: Progress) => void;
  /** Time between two reports in ms. Default 200. */
  readonly progressIntervalMs?: number;
}

/** A pool of threads that move bytes. Knows paths and identities; nothing of volumes. */
export class DataMover {
  readonly #options: DataMoverOptions;
  readonly #maxThreads: number;
  readonly #live = new Map<TaskControl, Promise<unknown>>();
  readonly #copies = new Set<LaunchedCopy>();
  #pool: Piscina | undefined;

  constructor(options: DataMoverOptions = {}) {
    this.#options = options;
    this.#maxThreads = Math.max(
      options.minThreads ?? 0,
      options.maxThreads ?? Math.max(2, availableParallelism()),
    );
  }

  /** Makes the pool. Calling it again changes nothing. */
  start(): void {
    this.#pool ??= new Piscina({
      filename: this.#options.workerFile ?? workerFile(import.meta.url),
      minThreads: this.#options.minThreads ?? 0,
      maxThreads: this.#maxThreads,
      idleTimeout: this.#options.idleTimeoutMs ?? 30_000,
      concurrentTasksPerWorker: 1,
      // Between tasks a thread must run its event loop: a cancelled copy's flush may still be going on in it.
      atomics: 'disabled',
      env: {},
      workerData: {
        ...createPoolMemory(),
        checkpointMs: this.#options.checkpointMs ?? DEFAULT_CHECKPOINT_MS,
      },
    });
  }

  /**
   * Copies a byte range between existing files or block devices. Idempotent. On any error but those that say so, the destination
   * is dirty. A big copy uses a second thread as long as no other task wants it.
   *
   * @throws DataMoverError
   */
  copy(request: CopyRequest, options: TaskOptions = {}): Promise<CopyResult> {
    return this.#run<CopyRequest, CopyResult>('copy', request, request.length, options, (pool, message) =>
      this.#launchCopy(pool, message),
    );
  }

  /** SHA-256 of a byte range. @throws DataMoverError */
  digest(request: DigestRequest, options: TaskOptions = {}): Promise<DigestResult> {
    return this.#run<DigestRequest, DigestResult>('digest', request, request.length, options);
  }

  /**
   * Makes a byte range unreadable. Idempotent. On any error but those that say so, part of it may be wiped.
   *
   * @throws DataMoverError GUARANTEE_UNAVAILABLE when what is required cannot be had, VERIFY_FAILED when a sample is not zero, and others
   */
  wipe(request: WipeRequest, options: TaskOptions = {}): Promise<WipeResult> {
    return this.#run<WipeRequest, WipeResult>('wipe', request, request.length, options);
  }

  /** Whether two byte ranges are equal. @throws DataMoverError */
  compare(request: CompareRequest, options: TaskOptions = {}): Promise<CompareResult> {
    return this.#run<CompareRequest, CompareResult>('compare', request, request.length, options);
  }

  /** Writes what a pipe gives to a file or device. On any error the destination is dirty. @throws DataMoverError */
  receive(request: ReceiveRequest, options: TaskOptions = {}): Promise<StreamResult> {
    return this.#run<ReceiveRequest, StreamResult>('receive', request, request.length ?? undefined, options);
  }

  /** Writes a byte range into a pipe. @throws DataMoverError */
  send(request: SendRequest, options: TaskOptions = {}): Promise<StreamResult> {
    return this.#run<SendRequest, StreamResult>('send', request, request.length, options);
  }

  /**
   * Appends the blocks of a volume's range that are stored nowhere yet to a pack. Not durable, and when it fails the pack is of no use.
   *
   * @throws DataMoverError
   */
  storeBlocks(request: StoreBlocksRequest, options: TaskOptions = {}): Promise<StoreBlocksResult> {
    return this.#run<StoreBlocksRequest, StoreBlocksResult>('storeBlocks', request, request.length, options);
  }

  /** Writes proven blocks of a pack to a volume. Not durable. On any error the volume is dirty. @throws DataMoverError */
  restoreBlocks(request: RestoreBlocksRequest, options: TaskOptions = {}): Promise<RestoreBlocksResult> {
    return this.#run<RestoreBlocksRequest, RestoreBlocksResult>('restoreBlocks', request, undefined, options);
  }

  /** Makes ranges of a volume read as zero, and on demand all of it durable. @throws DataMoverError */
  clearExtents(request: ClearExtentsRequest, options: TaskOptions = {}): Promise<void> {
    return this.#run<ClearExtentsRequest, void>('clearExtents', request, undefined, options);
  }

  /** Proves frames of a pack. @throws DataMoverError */
  checkFrames(request: CheckFramesRequest, options: TaskOptions = {}): Promise<CheckFramesResult> {
    return this.#run<CheckFramesRequest, CheckFramesResult>('checkFrames', request, undefined, options);
  }

  /** Compares a volume's range with the hashes of its blocks. @throws DataMoverError */
  checkBlocks(request: CheckBlocksRequest, options: TaskOptions = {}): Promise<CheckBlocksResult> {
    return this.#run<CheckBlocksRequest, CheckBlocksResult>('checkBlocks', request, request.length, options);
  }

  /** Ends the pool: waits for its tasks, or cancels them first. Afterwards it can be started again. */
  async close(options: { readonly cancel?: boolean } = {}): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    if (options.cancel === true) for (const control of this.#live.keys()) control.cancel();
    // Piscina's own close ends threads that are still starting, with the task they were started for.
    await Promise.allSettled(this.#live.values());
    await pool?.close();
  }

  #launchCopy(pool: Piscina, message: TaskMessage<CopyRequest>): Promise<TaskReply<CopyResult>> {
    const copy = launchCopy(message, {
      pool,
      idleThreads: this.#maxThreads - this.#threadsWanted - 1,
      helpFrom: this.#options.helpFromBytes ?? 256 * 1024 * 1024,
    });
    this.#copies.add(copy);
    return copy.reply.finally(() => this.#copies.delete(copy));
  }

  /** By tasks that run or wait, and by the helpers of copies. */
  get #threadsWanted(): number {
    return [...this.#copies].reduce((sum, copy) => sum + copy.helpers(), this.#live.size);
  }

  async #run<Request, Result>(
    name: string,
    request: Request,
    totalBytes: number | undefined,
    { signal, onProgress, progressIntervalMs = 200 }: TaskOptions,
    launch = (pool: Piscina, message: TaskMessage<Request>): Promise<TaskReply<Result>> =>
      pool.run(message, { name }),
  ): Promise<Result> {
    const pool = this.#pool;
    if (pool === undefined)
      throw new DataMoverError('CLOSED', 'the data mover is not running', { doneBytes: 0 });
    if (signal?.aborted) throw cancelledBeforeStart(signal);
    const control = new TaskControl();
    const message: TaskMessage<Request> = { request, control: control.buffer };
    const withdrawn = Promise.withResolvers<never>();
    const onAbort = (): void => {
      // One that waits in the queue need not get its turn to be over.
      if (control.cancel()) withdrawn.reject(cancelledBeforeStart(signal));
    };
    const report = (): void =>
      onProgress?.({ doneBytes: control.doneBytes, totalBytes, durableBytes: control.durableBytes });
    const timer = onProgress === undefined ? undefined : setInterval(report, progressIntervalMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    const running = launch(pool, message);
    this.#live.set(control, running);
    if (this.#threadsWanted > this.#maxThreads) for (const copy of this.#copies) copy.dismiss();
    try {
      const result = unwrap(await Promise.race([running, withdrawn.promise]));
      report();
      return result;
    } catch (error) {
      if (error instanceof DataMoverError) throw error;
      throw new DataMoverError(
        'WORKER_FAILED',
        `the worker of a ${name} failed: ${String(error)}`,
        { doneBytes: control.doneBytes },
        { cause: error },
      );
    } finally {
      clearInterval(timer);
      signal?.removeEventListener('abort', onAbort);
      void running.catch(() => undefined).finally(() => this.#live.delete(control));
    }
  }
}

function cancelledBeforeStart(signal: AbortSignal | undefined): DataMoverError {
  return new DataMoverError(
    'CANCELLED',
    'cancelled before it began',
    { doneBytes: 0 },
    { cause: signal?.reason },
  );
}
