import { closeSync, constants, openSync, writeSync } from 'node:fs';
import type { TaskControl } from '../control.ts';
import type { Endpoint } from '../endpoint.ts';
import { errnoOf, ioError } from '../ioError.ts';
import { alignedBuffer } from '../libc/alignedBuffer.ts';
import type { IoSession } from '../throttle/ioSession.ts';
import { writeAll } from '../writeAll.ts';
import { writeAlignment } from './rungs.ts';

/** Larger than dd's usual 1 MiB: one request keeps the device busy while the next is made. */
const BLOCK = 4 * 1024 * 1024;

/**
 * Writes ranges of a target out of one buffer: with O_DIRECT where it works, past the page cache, which would only be filled with
 * zeros; what is not aligned goes through it.
 */
export class BlockWriter {
  readonly #target: Endpoint;
  readonly #session: IoSession;
  readonly #control: TaskControl;
  readonly #alignment: number;
  readonly #buffer: Buffer;
  #direct: number | undefined;

  constructor(target: Endpoint, session: IoSession, control: TaskControl) {
    this.#target = target;
    this.#session = session;
    this.#control = control;
    this.#alignment = writeAlignment(target);
    this.#buffer = alignedBuffer(roundDown(session.blockSize ?? BLOCK, this.#alignment) || this.#alignment);
    this.clear();
    this.#direct = openDirect(target.fd);
  }

  /** Bytes of one write. */
  get blockSize(): number {
    return this.#buffer.length;
  }

  /**
   * Writes one piece at the start of a range: at most a block, and no further than the next aligned place.
   *
   * @param prepare fills the buffer before it is written; without it, it holds what it held
   * @returns bytes written
   */
  writeSome(start: number, end: number, prepare?: (buffer: Buffer) => void): number {
    const { throttle } = this.#session;
    this.#control.throwIfCancelled();
    const most = throttle.piece(this.blockSize);
    const head = start % this.#alignment;
    const length =
      head > 0
        ? Math.min(this.#alignment - head, end - start)
        : roundDown(Math.min(most, end - start), this.#alignment) || Math.min(most, end - start);
    const piece = this.#buffer.subarray(0, length);
    prepare?.(piece);
    throttle.pace(length);
    const aligned = head === 0 && length % this.#alignment === 0;
    if (!(aligned && this.#writeDirect(piece, start))) writeAll(this.#target, piece, start, this.#control);
    return length;
  }

  /** Makes the buffer zeros again. */
  clear(): void {
    this.#buffer.fill(0);
  }

  close(): void {
    if (this.#direct !== undefined) closeSync(this.#direct);
    this.#direct = undefined;
  }

  /** @returns false when O_DIRECT does not work here, after all */
  #writeDirect(piece: Buffer, start: number): boolean {
    const fd = this.#direct;
    if (fd === undefined) return false;
    try {
      // What a short write left goes the other way: its rest may not be aligned.
      const written = writeSync(fd, piece, 0, piece.length, start);
      if (written < piece.length)
        writeAll(this.#target, piece.subarray(written), start + written, this.#control);
      return true;
    } catch (error) {
      if (errnoOf(error) !== 'EINVAL') throw ioError(this.#target, start, this.#control, error);
      this.close();
      return false;
    }
  }
}

/** The same open file, past the page cache; undefined where its filesystem cannot. */
function openDirect(fd: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_RDWR | constants.O_DIRECT | constants.O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

function roundDown(value: number, alignment: number): number {
  return value - (value % alignment);
}
