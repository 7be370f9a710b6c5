import { fdatasync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes committed transactions durable: one `fdatasync` of the write-ahead log, off the main thread, shared by all that
 * wait for it.
 *
 * With `synchronous=NORMAL` a commit appends to the log without a sync, and a sync of the log makes every commit before
 * it durable (sqlite.org/wal.html §4); a checkpoint that resets the log syncs the database first. So an intent is as
 * durable as with `synchronous=FULL`, while a burst of intents shares one sync and the event loop never waits for a disk.
 */
export class WalSync {
  readonly #log: FileHandle;
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #failure: Error | null = null;

  private constructor(log: FileHandle) {
    this.#log = log;
  }

  /** Opens the log beside `databasePath`, which must exist: call after the first transaction. */
  static async open(databasePath: string): Promise<WalSync> {
    const log = await open(`${databasePath}-wal`, 'r+');
    const directory = await open(dirname(databasePath), 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
    return new WalSync(log);
  }

  /**
   * Resolves once everything committed before the call is on the disk.
   *
   * After a failure every call fails: the kernel tells of lost pages once, takes them for written, and what is in them is not known to be on
   * the disk (fsync(2), NOTES). A service that is started again reads what there is.
   */
  flush(): Promise<void> {
    // A sync under way may have started before this commit: only the next one covers it.
    if (this.#running === null) return this.#start();
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    );
    return this.#next;
  }

  /** Waits for syncs under way and closes the log. */
  async close(): Promise<void> {
    await Promise.allSettled([this.#running, this.#next]);
    await this.#log.close();
  }

  #start(): Promise<void> {
    this.#next = null;
    const sync = new Promise<void>((resolve, reject) => {
      if (this.#failure !== null) return reject(this.#failure);
      fdatasync(this.#log.fd, (error) => {
        this.#failure ??= error;
        return this.#failure === null ? resolve() : reject(this.#failure);
      });
    });
    this.#running = sync;
    const done = () => {
      if (this.#running === sync) this.#running = null;
    };
    sync.then(done, done);
    return sync;
  }
}
