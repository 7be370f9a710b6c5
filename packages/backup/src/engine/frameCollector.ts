import { LOCATION_BYTES, LocationList } from '@scoria/data-mover';

const FIRST_ROOM = 64;

/** Collects the frames of one pack that segments name, each once, in memory that grows with their number only. */
export class FrameCollector {
  #frames = LocationList.zeros(FIRST_ROOM);
  #count = 0;
  readonly #byOffset = new Map<number, number>();

  /** Adds a location of a list. Two that claim one place with different content are both kept: one of them is wrong. */
  add(list: LocationList, index: number): void {
    const offset = list.offset(index);
    const known = this.#byOffset.get(offset);
    if (known !== undefined && sameFrame(this.#frames, known, list, index)) return;
    if (this.#count === this.#frames.count) {
      const larger = new LocationList(Buffer.alloc(2 * this.#count * LOCATION_BYTES));
      larger.bytes.set(this.#frames.bytes);
      this.#frames = larger;
    }
    this.#frames.copy(this.#count, list, index);
    if (known === undefined) this.#byOffset.set(offset, this.#count);
    this.#count += 1;
  }

  /** What was collected, in order of offsets. */
  sorted(): LocationList {
    const order = Array.from({ length: this.#count }, (_, index) => index);
    order.sort((a, b) => this.#frames.offset(a) - this.#frames.offset(b));
    const sorted = LocationList.zeros(this.#count);
    for (const [at, index] of order.entries()) sorted.copy(at, this.#frames, index);
    return sorted;
  }
}

function sameFrame(a: LocationList, indexA: number, b: LocationList, indexB: number): boolean {
  return a.length(indexA) === b.length(indexB) && a.hash(indexA).equals(b.hash(indexB));
}
