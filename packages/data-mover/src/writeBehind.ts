import type { TaskControl } from './control.ts';
import type { Endpoint } from './endpoint.ts';
import { attemptIo } from './ioError.ts';
import { fadvise } from './libc/fadvise.ts';
import { isUnsupported } from './libc/library.ts';
import { finishWriteback, startWriteback } from './libc/syncFileRange.ts';

interface Piece {
  readonly offset: number;
  readonly bytes: number;
}

/** The disk gets so much at once: of shorter pieces it makes shorter requests, and the file lies in shorter extents. */
const PIECE = 8 * 1024 * 1024;
/** Waited for at once: a slow disk takes long for a piece, and a task that waits does not notice that it is cancelled. */
const STEP = 1024 * 1024;
/** Dirty bytes of one thread: enough to keep a disk busy, little enough that the kernel never stops the writer for seconds. */
const WINDOW = 64 * 1024 * 1024;

/** Options of a {@link WriteBehind}. */
export interface WriteBehindOptions {
  /** Takes what the disk has out of the page cache: a big copy would push out everything else. */
  readonly drop: boolean;
  /** Bytes that the disk may get at once, where a rate limit wants fewer than it would by itself. */
  readonly mostPiece?: number;
}

/**
 * Has the kernel write what was written to the page cache, piece by piece, so that the disk works while the next piece is read,
 * the last fsync is short, and a write never waits long. Makes nothing durable.
 */
export class WriteBehind {
  readonly #destination: Endpoint;
  readonly #control: TaskControl;
  readonly #drop: boolean;
  readonly #piece: number;
  readonly #pieces: Piece[] = [];
  /** Written, in one run, but the disk was not told yet; the last of these waits for the fsync. */
  #gathered: Piece = { offset: 0, bytes: 0 };
  #outstanding = 0;
  #works = true;

  constructor(destination: Endpoint, control: TaskControl, { drop, mostPiece = PIECE }: WriteBehindOptions) {
    this.#destination = destination;
    this.#control = control;
    this.#drop = drop;
    this.#piece = Math.min(PIECE, mostPiece);
  }

  /** Notes that a piece was written. May wait for an earlier one. @throws DataMoverError NO_SPACE or IO_ERROR of an earlier piece */
  wrote(offset: number, bytes: number): void {
    if (!this.#works) return;
    const { offset: first, bytes: gathered } = this.#gathered;
    const goesOn = offset === first + gathered;
    if (!goesOn) this.#start();
    this.#gathered = goesOn ? { offset: first, bytes: gathered + bytes } : { offset, bytes };
    if (this.#gathered.bytes >= this.#piece) this.#start();
  }

  #start(): void {
    const piece = this.#gathered;
    if (piece.bytes === 0) return;
    const { fd } = this.#destination;
    this.#gathered = { offset: piece.offset + piece.bytes, bytes: 0 };
    this.#attempt(piece.offset, () => startWriteback(fd, piece.offset, piece.bytes));
    this.#pieces.push(piece);
    this.#outstanding += piece.bytes;
    while (this.#outstanding > WINDOW) this.#finishFirst(fd);
  }

  #finishFirst(fd: number): void {
    const piece = this.#pieces.shift();
    if (piece === undefined) return;
    this.#outstanding -= piece.bytes;
    for (let done = 0; done < piece.bytes; done += STEP) {
      const offset = piece.offset + done;
      this.#attempt(offset, () => finishWriteback(fd, offset, Math.min(STEP, piece.bytes - done)));
      this.#control.throwIfCancelled();
    }
    if (this.#drop) this.#attempt(piece.offset, () => fadvise(fd, piece.offset, piece.bytes, 'dontneed'));
  }

  #attempt(offset: number, call: () => void): void {
    attemptIo(this.#destination, offset, this.#control, () => {
      try {
        call();
      } catch (error) {
        // A filesystem without it loses speed, nothing else: the final fsync is what counts.
        if (!isUnsupported(error)) throw error;
        this.#works = false;
      }
    });
  }
}
