import { type LocationList, ZERO_BLOCK } from '@scoria/data-mover';
import { segmentName } from '../format/names.ts';
import type { PackNumbers } from '../format/packNumbers.ts';
import { segmentDigest, writeSegment } from '../format/segment.ts';
import type { BackupContext } from './context.ts';
import type { PackSlots } from './packSlots.ts';
import type { TaskGroup } from './taskGroup.ts';

/** Segments that wait for their packs at most; then the packs are closed early. */
const MOST_WAITING = 64;

/** A segment as the manifest lists it. */
export interface ListedSegment {
  /** Null: all blocks are zero. */
  readonly ref: string | null;
  readonly digest: Buffer;
}

/** Stores index segments, each once all packs that it names are durable. */
export class SegmentQueue {
  readonly #context: BackupContext;
  readonly #place: { readonly volumeId: string; readonly backupId: string };
  readonly #numbers: PackNumbers;
  readonly #group: TaskGroup;
  readonly #waiting = new Map<number, LocationList>();
  readonly #packs = new Set<number>();
  /** By their number in the volume. */
  readonly listed = new Map<number, ListedSegment>();
  /** Bytes of the objects that were stored. */
  storedBytes = 0;

  constructor(
    context: BackupContext,
    place: { readonly volumeId: string; readonly backupId: string },
    numbers: PackNumbers,
    group: TaskGroup,
  ) {
    this.#context = context;
    this.#place = place;
    this.#numbers = numbers;
    this.#group = group;
  }

  /** Numbers of all packs that the segments name. */
  get packs(): ReadonlySet<number> {
    return this.#packs;
  }

  /**
   * Adds a finished segment.
   *
   * @param parent the same segment of the parent: named again when nothing in it has changed
   */
  add(
    segment: number,
    locations: LocationList,
    parent: { readonly ref: string; readonly locations: LocationList } | undefined,
    slots: PackSlots,
  ): void {
    const packs = packsOf(locations);
    for (const pack of packs) this.#packs.add(pack);
    const digest = segmentDigest(locations);
    if (packs.size === 0) this.listed.set(segment, { ref: null, digest });
    else if (parent?.locations.bytes.equals(locations.bytes) === true)
      this.listed.set(segment, { ref: parent.ref, digest });
    else this.#waiting.set(segment, locations);
    this.storeReady(slots);
    if (this.#waiting.size > MOST_WAITING) slots.storeIdle();
  }

  /** Stores the segments that have waited for packs which are durable now. */
  storeReady(slots: PackSlots): void {
    for (const [segment, locations] of this.#waiting) {
      const packs = packsOf(locations);
      if (![...packs].every((pack) => slots.durableBytes(pack) !== undefined)) continue;
      this.#waiting.delete(segment);
      const { ref, object } = writeSegment(locations, this.#place, this.#numbers, this.#context.keys);
      void this.#group.add(async () => {
        const name = segmentName(this.#place.volumeId, ref);
        await this.#context.repository.put(name, object, this.#group.signal);
        this.storedBytes += object.length;
        this.listed.set(segment, { ref, digest: segmentDigest(locations) });
      });
    }
  }
}

function packsOf(locations: LocationList): Set<number> {
  const packs = new Set<number>();
  for (let index = 0; index < locations.count; index += 1) {
    const pack = locations.pack(index);
    if (pack !== ZERO_BLOCK) packs.add(pack);
  }
  return packs;
}
