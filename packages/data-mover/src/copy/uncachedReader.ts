import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { TaskControl } from '../control.ts';
import { dropCached } from '../dropCached.ts';
import type { Endpoint } from '../endpoint.ts';
import { attemptIo, errnoOf } from '../ioError.ts';
import { alignedBuffer, DIRECT_ALIGNMENT } from '../libc/alignedBuffer.ts';
import { readSome } from '../readSome.ts';

/**
 * Reads what the disk has, not what the page cache has: by O_DIRECT where the filesystem offers it, else after dropping the range
 * from the cache (which a page that somebody else holds survives). What is read must have been flushed.
 */
export class UncachedReader {
  readonly #endpoint: Endpoint;
  readonly #control: TaskControl;
  readonly #buffer: Buffer;
  #direct: number | undefined;

  /** @param most bytes of the longest read */
  constructor(endpoint: Endpoint, most: number, control: TaskControl) {
    this.#endpoint = endpoint;
    this.#control = control;
    this.#buffer = alignedBuffer(most + 2 * DIRECT_ALIGNMENT);
    this.#direct = openDirect(endpoint.fd);
  }

  /** Reads exactly `length` bytes; they are valid until the next call. @throws DataMoverError IO_ERROR, SOURCE_CHANGED at the end */
  read(offset: number, length: number): Buffer {
    const first = offset - (offset % DIRECT_ALIGNMENT);
    const bytes = this.#direct === undefined ? 0 : this.#readDirect(first, offset + length - first);
    if (bytes >= offset + length - first)
      return this.#buffer.subarray(offset - first, offset - first + length);
    return this.#readCached(offset, length);
  }

  /** Closes what it opened. */
  close(): void {
    if (this.#direct !== undefined) closeSync(this.#direct);
    this.#direct = undefined;
  }

  /** @returns bytes read into the buffer, as many as asked for or 0 */
  #readDirect(first: number, wanted: number): number {
    const fd = this.#direct;
    if (fd === undefined) return 0;
    const rounded = Math.ceil(wanted / DIRECT_ALIGNMENT) * DIRECT_ALIGNMENT;
    return attemptIo(this.#endpoint, first, this.#control, () => {
      try {
        const bytes = readSync(fd, this.#buffer, 0, rounded, first);
        return bytes >= wanted ? bytes : 0;
      } catch (error) {
        // Wants another alignment than all known ones.
        if (errnoOf(error) !== 'EINVAL') throw error;
        this.close();
        return 0;
      }
    });
  }

  #readCached(offset: number, length: number): Buffer {
    dropCached(this.#endpoint.fd, offset, length);
    for (let done = 0; done < length; )
      done += readSome(this.#endpoint, this.#buffer.subarray(done, length), offset + done, this.#control);
    return this.#buffer.subarray(0, length);
  }
}

function openDirect(fd: number): number | undefined {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_RDONLY | constants.O_DIRECT);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
