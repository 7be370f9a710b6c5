import type { BackupStore } from '@scoria/backup';

/** What an {@link OnDemandStore} needs. */
export interface OnDemandOptions {
  /** Makes the store, not open; `repositoryId` is what the repository has to be, null for any. */
  readonly make: (repositoryId: string | null) => BackupStore;
  /** What is known of the repository from before. */
  readonly recall: () => Promise<string | null>;
  readonly remember: (repositoryId: string) => Promise<void>;
}

/**
 * A repository that is opened by whoever needs it first: the service starts, and serves all else, while it is away. A repository
 * that is another one than before, or an empty place where one was (a disk that is not mounted), is refused.
 */
export class OnDemandStore implements BackupStore {
  readonly #options: OnDemandOptions;
  #store: BackupStore | null = null;
  #opening: Promise<BackupStore> | null = null;

  constructor(options: OnDemandOptions) {
    this.#options = options;
  }

  get repositoryId(): string | null {
    return this.#store?.repositoryId ?? null;
  }

  async open(signal?: AbortSignal): Promise<void> {
    await this.#ready(signal);
  }

  create: BackupStore['create'] = async (request, options) =>
    (await this.#ready(options?.signal)).create(request, options);

  restore: BackupStore['restore'] = async (request, options) =>
    (await this.#ready(options?.signal)).restore(request, options);

  remove: BackupStore['remove'] = async (request, signal) =>
    (await this.#ready(signal)).remove(request, signal);

  describe: BackupStore['describe'] = async (request, signal) =>
    (await this.#ready(signal)).describe(request, signal);

  verify: BackupStore['verify'] = async (selection, options) =>
    (await this.#ready(options?.signal)).verify(selection, options);

  async close(): Promise<void> {
    const store = this.#store ?? (await this.#opening?.catch(() => null));
    this.#store = null;
    await store?.close();
  }

  /** Callers at the same time share one opening; one that failed is tried again by the next caller. */
  async #ready(signal: AbortSignal | undefined): Promise<BackupStore> {
    if (this.#store !== null) return this.#store;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = null;
    });
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      signal?.throwIfAborted();
      return await Promise.race([this.#opening, aborted]);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async #open(): Promise<BackupStore> {
    const store = this.#options.make(await this.#options.recall());
    await store.open();
    if (store.repositoryId !== null) await this.#options.remember(store.repositoryId);
    this.#store = store;
    return store;
  }
}
