import {
  isTgtError,
  parseTarget,
  type ShownBlock,
  type ShownTarget,
  type TgtClient,
} from '../management/index.ts';

/** What one listing of the daemon showed. */
export class Listing {
  readonly #blocks: ReadonlyMap<string, ShownBlock>;

  constructor(blocks: ReadonlyMap<string, ShownBlock>) {
    this.#blocks = blocks;
  }

  /** One target, parsed. */
  target(iqn: string): ShownTarget | undefined {
    const block = this.#blocks.get(iqn);
    return block && parseTarget(block);
  }

  has(iqn: string): boolean {
    return this.#blocks.has(iqn);
  }

  *[Symbol.iterator](): Iterator<ShownBlock> {
    yield* this.#blocks.values();
  }

  /** Target ids in use. */
  get tids(): Set<number> {
    return new Set([...this.#blocks.values()].map((block) => block.tid));
  }

  /** IQNs of the targets, one apart, to which an account is bound. */
  boundElsewhere(username: string, iqn: string): string[] {
    return [...this.#blocks.values()]
      .filter((block) => block.iqn !== iqn && block.text.includes(`\n        ${username}\n`))
      .filter((block) => parseTarget(block).accounts.includes(username))
      .map((block) => block.iqn);
  }
}

/** A listing younger than this may prove that a target is as it should be, unless we changed something since. */
const RECENT_MS = 50;

/**
 * Lists the daemon's targets. tgtd does nothing else while it lists (17 ms for a thousand), so whoever asks at the same time
 * gets the same listing.
 */
export class Lister {
  readonly #client: TgtClient;
  #next: Promise<Listing> | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #recent: { readonly listing: Listing; readonly at: number } | undefined;

  constructor(client: TgtClient) {
    this.#client = client;
  }

  /** A listing that begins after this call. */
  fresh(): Promise<Listing> {
    this.#next ??= this.#running
      .catch(() => undefined) // whoever awaited that listing was told
      .then(() => {
        this.#next = undefined;
        const listing = this.#list();
        this.#running = listing;
        return listing;
      });
    return this.#next;
  }

  /** A listing that may be a moment old, when nothing was changed by this process since. */
  recent(): Promise<Listing> {
    const { listing, at } = this.#recent ?? { listing: undefined, at: 0 };
    return listing && performance.now() - at < RECENT_MS ? Promise.resolve(listing) : this.fresh();
  }

  /** A recent listing when `suffices` finds in it what it needs, a fresh one otherwise. */
  async recentIf(suffices: (listing: Listing) => boolean): Promise<Listing> {
    const listing = await this.recent();
    return suffices(listing) ? listing : this.fresh();
  }

  /** Says that something was changed. */
  changed(): void {
    this.#recent = undefined;
  }

  async #list(): Promise<Listing> {
    const at = performance.now();
    const listing = new Listing(await this.#client.showTargets());
    this.#recent = { listing, at };
    return listing;
  }
}

/** Runs a request whose refusal with one of `codes` means that there was nothing to do. */
export async function tolerating(
  codes: readonly Parameters<typeof isTgtError>[1][],
  run: () => Promise<void>,
): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    if (isTgtError(error, ...codes.filter((code) => code !== undefined))) return false;
    throw error;
  }
}
