import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { LocationList } from '@scoria/data-mover';
import { packName } from '../format/names.ts';
import { PACK_HEADER_BYTES, packHeader, packTrailer } from '../format/pack.ts';
import type { PackNumbers } from '../format/packNumbers.ts';
import type { BackupContext } from './context.ts';
import { spoolFailure } from './spool.ts';
import { Lane, type TaskGroup } from './taskGroup.ts';

/** A pack is closed when it has as many frames, however small: the list of them is kept in memory. */
const MOST_FRAMES = 8192;
/** Packs that are being made durable at once. */
const UPLOADS = 4;

/** A pack that is being filled. */
export interface OpenPack {
  readonly number: number;
  readonly ref: string;
  readonly path: string;
  readonly key: Uint8Array | null;
  /** Bytes so far. */
  end: number;
  readonly frames: LocationList[];
}

/** The packs of one run: filled by one task at a time each, made durable when full. */
export class PackSlots {
  readonly #context: BackupContext;
  readonly #place: { readonly volumeId: string; readonly backupId: string; readonly spool: string };
  readonly #numbers: PackNumbers;
  readonly #group: TaskGroup;
  readonly #onDurable: () => void;
  readonly #idle: OpenPack[] = [];
  readonly #durable = new Map<number, number>();
  readonly #uploads: Lane;

  constructor(
    context: BackupContext,
    place: { readonly volumeId: string; readonly backupId: string; readonly spool: string },
    numbers: PackNumbers,
    group: TaskGroup,
    onDurable: () => void,
  ) {
    this.#context = context;
    this.#place = place;
    this.#numbers = numbers;
    this.#group = group;
    this.#onDurable = onDurable;
    this.#uploads = new Lane(group, UPLOADS);
  }

  /** Bytes of a pack that is durable in the repository; undefined when it is not. */
  durableBytes(number: number): number | undefined {
    return this.#durable.get(number);
  }

  /** Notes a pack that was durable before. */
  addDurable(number: number, bytes: number): void {
    this.#durable.set(number, bytes);
  }

  /** A pack to append to, until {@link give}. */
  async take(): Promise<OpenPack> {
    return this.#idle.pop() ?? (await this.#create());
  }

  /** Takes a pack back; full ones go into the repository. */
  give(pack: OpenPack, end: number, appended: LocationList): void {
    pack.end = end;
    if (appended.count > 0) pack.frames.push(appended);
    const frames = pack.frames.reduce((sum, { count }) => sum + count, 0);
    if (end >= this.#context.packBytes || frames >= MOST_FRAMES) this.#store(pack);
    else this.#idle.push(pack);
  }

  /** Puts all packs that nobody fills into the repository. */
  storeIdle(): void {
    for (const pack of this.#idle.splice(0)) if (pack.frames.length > 0) this.#store(pack);
  }

  /** Waits until not too many packs are on their way: the spool stays small when the repository is slow. */
  room(): Promise<void> {
    return this.#uploads.room();
  }

  async #create(): Promise<OpenPack> {
    const id = randomBytes(16).toString('hex');
    const ref = `${this.#place.backupId}/${id}`;
    const path = join(this.#place.spool, id);
    try {
      const handle = await open(path, 'wx', 0o600);
      try {
        await handle.writeFile(packHeader(id));
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw spoolFailure(path, error);
    }
    const key = this.#context.keys.packKey(id);
    return { number: this.#numbers.number(ref), ref, path, key, end: PACK_HEADER_BYTES, frames: [] };
  }

  #store(pack: OpenPack): void {
    const { repository, keys } = this.#context;
    const name = packName(this.#place.volumeId, pack.ref);
    this.#uploads.add(async () => {
      const frames = new LocationList(Buffer.concat(pack.frames.map(({ bytes }) => bytes)));
      const trailer = packTrailer(frames, name, keys);
      try {
        const handle = await open(pack.path, 'a');
        try {
          await handle.writeFile(trailer);
        } finally {
          await handle.close();
        }
      } catch (error) {
        throw spoolFailure(pack.path, error);
      }
      await repository.putFile(name, pack.path, this.#group.signal);
      this.#durable.set(pack.number, pack.end + trailer.length);
      this.#onDurable();
    });
  }
}
