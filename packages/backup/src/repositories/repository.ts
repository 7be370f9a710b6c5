/** One object of a repository. */
export interface RepositoryObject {
  readonly name: string;
  readonly bytes: number;
}

/** An object as a file of this host. */
export interface ObjectFile {
  readonly path: string;
  /** Ends its use: removes a copy. Idempotent. */
  readonly release: () => Promise<void>;
}

/**
 * A place that holds named objects; knows nothing of backups. One implementation per folder beside this file. Names are
 * `[a-z0-9._/-]`, without empty or dotted parts. All throw BackupError REPOSITORY_UNAVAILABLE (repeating may help),
 * REPOSITORY_FULL, REPOSITORY_REFUSED (credentials, permissions), CANCELLED.
 */
export interface BackupRepository {
  /** For messages, without secrets: `directory /srv/backup`, `S3 bucket b at https://…`. */
  readonly description: string;
  /** A directory whose files `putFile` need not copy; undefined: it copies from wherever they are. */
  readonly spoolDirectory?: string;
  /** Checks that it can be read and written, and makes what has to be made once. Idempotent. */
  open(signal?: AbortSignal): Promise<void>;
  /** Stores an object, whole or not at all, durably. The same name again replaces it. */
  put(name: string, content: Uint8Array, signal?: AbortSignal): Promise<void>;
  /** As {@link put}, with the content of a file of this host, which may be moved away. */
  putFile(name: string, path: string, signal?: AbortSignal): Promise<void>;
  /** A range of an object, or all of it. @throws BackupError OBJECT_MISSING */
  get(
    name: string,
    range?: { readonly offset: number; readonly length: number },
    signal?: AbortSignal,
  ): Promise<Uint8Array>;
  /**
   * An object as a file of this host: the repository's own, or a copy in `spool` that `release` removes.
   *
   * @throws BackupError OBJECT_MISSING
   */
  asFile(name: string, spool: string, signal?: AbortSignal): Promise<ObjectFile>;
  /** Null when it is not there. */
  size(name: string, signal?: AbortSignal): Promise<number | null>;
  /** Every object whose name starts with `prefix`, in order of names. */
  list(prefix: string, signal?: AbortSignal): AsyncIterable<RepositoryObject>;
  /** Removes an object. Absent is success. */
  remove(name: string, signal?: AbortSignal): Promise<void>;
  /** Ends connections. */
  close(): Promise<void>;
}
