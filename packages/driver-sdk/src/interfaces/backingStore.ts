import type { Bytes, Identity, OwnedObject, PoolStats, ProbeResult, Work } from '@scoria/core/contract';
import type { PluginContext } from './pluginContext.ts';

/** A volume or snapshot that exists in a store. */
export interface StoredObject {
  readonly name: string;
  readonly size: Bytes;
}

/** What making a volume with content answers: `work` names the bytes that the kernel must still move. */
export interface StoreResult {
  readonly work: readonly Work[];
}

/** How a deletion is asked for. */
export interface DeleteOptions {
  /** Whether the work that an earlier answer named is done. */
  readonly workDone: boolean;
}

/**
 * Keeps the bytes of volumes and makes them appear as local paths. Never moves bytes itself: what has to be copied is
 * named as work. Sizes in bytes. Every method is idempotent as the contract says of the operation it serves, verifies
 * by reading back, leaves nothing behind when it fails, and throws a ContractError.
 */
export interface BackingStore {
  /** Whether the store can serve, with the reason when not. Repeated as a health check. */
  probe(): Promise<ProbeResult>;
  /** Makes an empty volume that reads as zero. @throws ALREADY_EXISTS (other size), NO_SPACE, SIZE_UNSUPPORTED */
  create(volume: StoredObject): Promise<StoreResult>;
  /** @throws NOT_FOUND (no snapshot), and as {@link create} */
  createFromSnapshot(volume: StoredObject, snapshotName: string): Promise<StoreResult>;
  /** @throws NOT_FOUND (no source), INVALID_VOLUME (in use and no point-in-time copy possible), and as {@link create} */
  clone(
    volume: StoredObject,
    sourceName: string,
    options: { readonly sourceInUse: boolean },
  ): Promise<StoreResult>;
  /**
   * Absent is success. The data cannot be read through any other volume afterwards: a store that uses space again keeps the
   * object and names its wiping as work, until it is told `workDone`; then it frees the space and names none.
   */
  delete(name: string, options?: DeleteOptions): Promise<StoreResult>;
  /** @throws NOT_FOUND, NO_SPACE, SIZE_UNSUPPORTED (shrinking). Returns the size read back. */
  extend(name: string, newSize: Bytes): Promise<Bytes>;
  /** @throws ALREADY_EXISTS, NOT_FOUND, INVALID_VOLUME (in use and no point-in-time copy possible), NO_SPACE */
  snapshot(
    snapshotName: string,
    volumeName: string,
    options: { readonly volumeInUse: boolean },
  ): Promise<StoreResult>;
  /** As {@link delete}. */
  deleteSnapshot(name: string, options?: DeleteOptions): Promise<StoreResult>;
  /** Absolute path of a volume. @throws NOT_FOUND */
  path(name: string): Promise<string>;
  /** What that path shows, so that the service can use it without attaching; left out where nothing proves it. @throws NOT_FOUND */
  identity?(name: string): Promise<Identity>;
  /** One entry per pool. */
  pools(): Promise<PoolStats[]>;
  /** Adopts an existing object under `name`. @throws INVALID_REFERENCE, ALREADY_EXISTS */
  manageExisting(name: string, reference: Readonly<Record<string, string>>): Promise<void>;
  /** Exact size of an object to adopt. @throws INVALID_REFERENCE */
  manageExistingGetSize(reference: Readonly<Record<string, string>>): Promise<Bytes>;
  /** Lets go of a volume; its data stays. */
  unmanage(name: string): Promise<void>;
  /** All volumes and snapshots that are ours. */
  listOwned(): Promise<OwnedObject[]>;
  /** Lets go of everything of this host. Volumes stay. */
  close(): Promise<void>;
}

/** Makes a backing store from its own parsed options. */
export type BackingStoreFactory<Options> = (
  options: Options,
  context: PluginContext,
) => Promise<BackingStore> | BackingStore;
