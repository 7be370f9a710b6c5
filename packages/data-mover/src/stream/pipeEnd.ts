import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import type { TaskControl } from '../control.ts';
import { DataMoverError } from '../errors.ts';
import { errnoOf } from '../ioError.ts';
import { poll } from '../libc/poll.ts';

/** How long a silent pipe keeps a cancelled task. */
const POLL_MS = 50;
/** What a pipe says when this end would have to wait, or was disturbed while it did. */
const AGAIN: ReadonlySet<string> = new Set(['EAGAIN', 'EINTR']);

/** Reads and writes one end of a pipe, which may be silent for hours, without being deaf to a cancel meanwhile. */
export class PipeEnd {
  readonly #fd: number;
  readonly #control: TaskControl;
  #head: Uint8Array;

  private constructor(fd: number, control: TaskControl, head: Uint8Array) {
    this.#fd = fd;
    this.#control = control;
    this.#head = head;
  }

  /**
   * Opens the pipe behind a descriptor once more, so that reads and writes of this end do not block whatever the flags of the
   * caller's descriptor, which is left as it is.
   *
   * @param head bytes that were taken from it already: they are read first
   * @throws DataMoverError INVALID_REQUEST when it is no pipe or cannot be used that way, STREAM_BROKEN when nobody reads it
   */
  static open(
    fd: number,
    access: 'read' | 'write',
    control: TaskControl,
    head: Uint8Array = new Uint8Array(),
  ): PipeEnd {
    const flags = access === 'read' ? constants.O_RDONLY : constants.O_WRONLY;
    try {
      if (!fstatSync(fd).isFIFO()) throw invalid(fd, 'it is no pipe');
      return new PipeEnd(openSync(`/proc/self/fd/${fd}`, flags | constants.O_NONBLOCK), control, head);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === undefined) throw error;
      if (errno === 'ENXIO') throw broken('nobody reads it', control, error);
      throw invalid(fd, errno);
    }
  }

  /** Reads at least one byte, up to the whole buffer. @returns 0 at the end @throws DataMoverError STREAM_BROKEN, CANCELLED */
  read(buffer: Buffer): number {
    if (this.#head.length > 0) {
      const bytes = this.#head.subarray(0, buffer.length);
      buffer.set(bytes);
      this.#head = this.#head.subarray(bytes.length);
      return bytes.length;
    }
    return this.#attempt('readable', () => readSync(this.#fd, buffer, 0, buffer.length, null));
  }

  /** Writes all of the buffer. @throws DataMoverError STREAM_BROKEN when nobody reads any more, CANCELLED */
  write(buffer: Buffer): void {
    for (let written = 0; written < buffer.length; ) {
      const from = written;
      written += this.#attempt('writable', () => writeSync(this.#fd, buffer, from, buffer.length - from));
    }
  }

  /** Closes what it opened; the caller's descriptor stays. */
  close(): void {
    closeSync(this.#fd);
  }

  #attempt(event: 'readable' | 'writable', call: () => number): number {
    for (;;) {
      this.#control.throwIfCancelled();
      try {
        return call();
      } catch (error) {
        const errno = errnoOf(error);
        if (errno === undefined) throw error;
        if (!AGAIN.has(errno)) throw broken(errno, this.#control, error);
      }
      poll(this.#fd, event, POLL_MS);
    }
  }
}

function invalid(fd: number, why: string): DataMoverError {
  return new DataMoverError('INVALID_REQUEST', `descriptor ${fd} cannot be used: ${why}`, { doneBytes: 0 });
}

function broken(why: string, { doneBytes }: TaskControl, cause: unknown): DataMoverError {
  return new DataMoverError(
    'STREAM_BROKEN',
    `the pipe broke after ${doneBytes} bytes: ${why}`,
    { doneBytes },
    { cause },
  );
}
