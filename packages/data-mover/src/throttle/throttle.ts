import { fstatSync } from 'node:fs';
import type { TaskControl } from '../control.ts';
import type { Endpoint } from '../endpoint.ts';
import { poolRates } from './poolMemory.ts';

/** Keeps block devices apart from filesystems of the same number (a loop device's file lies on one), and 0 free. */
const BLOCK_DEVICE = 1n << 62n;
const FILESYSTEM = 1n << 61n;
/** How much may move at once under a limit: what takes this long. */
const PIECE_SECONDS = 0.05;
const LEAST_PIECE = 4096;

/** The limit that one task keeps, together with all other tasks of the pool on the same devices. */
export class Throttle {
  readonly #bytesPerSecond: number;
  readonly #slots: readonly number[];
  readonly #control: TaskControl;

  /** @param bytesPerSecond 0: no limit */
  constructor(endpoints: readonly Endpoint[], bytesPerSecond: number, control: TaskControl) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#control = control;
    const devices = bytesPerSecond === 0 ? [] : endpoints.map(deviceOf);
    // One that is both source and destination counts once.
    this.#slots = [...new Set(devices)].map((device) => poolRates.slot(device));
  }

  get limited(): boolean {
    return this.#bytesPerSecond > 0;
  }

  /** The most that should move at once: not more than `most`, and so little under a limit that the flow is even. */
  piece(most: number): number {
    if (!this.limited) return most;
    const even = Math.max(LEAST_PIECE, Math.floor(this.#bytesPerSecond * PIECE_SECONDS));
    return Math.min(most, even - (even % LEAST_PIECE));
  }

  /** Blocks this thread until `bytes` may move. Call it before they do. @throws DataMoverError CANCELLED, at once */
  pace(bytes: number): void {
    if (!this.limited) return;
    const waits = this.#slots.map((slot) => poolRates.reserve(slot, bytes, this.#bytesPerSecond));
    this.#control.sleep(Math.max(0, ...waits));
  }
}

/** The block device itself, or the one below the filesystem. */
function deviceOf({ fd, kind }: Endpoint): bigint {
  const { dev, rdev } = fstatSync(fd, { bigint: true });
  return kind === 'block-device' ? BLOCK_DEVICE | rdev : FILESYSTEM | dev;
}
