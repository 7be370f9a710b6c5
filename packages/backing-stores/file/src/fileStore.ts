import {
  type BackingStore,
  type Bytes,
  bytes,
  ContractError,
  type DeleteOptions,
  type Identity,
  KeyedMutex,
  type OwnedObject,
  type PluginContext,
  type PoolStats,
  type ProbeResult,
  type StoredObject,
  type StoreResult,
} from '@scoria/driver-sdk';
import { adopt, type Reference, release, sizeToAdopt } from './adoption.ts';
import { poolStats } from './capacity.ts';
import { expectSize, makeCopy } from './copies.ts';
import { toContractError } from './errors.ts';
import { existingFacts, factsOf } from './fileFacts.ts';
import { growFile } from './growFile.ts';
import { unmountImage } from './image/mountImage.ts';
import { type Kind, type Layout, pathOf } from './layout.ts';
import type { FileStoreOptions } from './options.ts';
import { listOwned } from './owned.ts';
import { preallocate } from './preallocate.ts';
import { falseWhenFull, remove } from './removal.ts';
import { type Ground, setUp } from './setup.ts';
import { checkSize } from './size.ts';
import { makeFile, withFile } from './staging.ts';

/** Volumes as files. Holds no state but locks: what exists is what the directories show. */
export class FileStore implements BackingStore {
  readonly #layout: Layout;
  readonly #options: FileStoreOptions;
  readonly #context: PluginContext;
  readonly #mutex = new KeyedMutex();
  #ground: Promise<Ground> | undefined;

  constructor(layout: Layout, options: FileStoreOptions, context: PluginContext) {
    this.#layout = layout;
    this.#options = options;
    this.#context = context;
  }

  async probe(): Promise<ProbeResult> {
    try {
      await this.#do('probing', [], async () => undefined);
      return { state: 'ready', reason: '' };
    } catch (error) {
      return { state: 'absent', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  create(volume: StoredObject): Promise<StoreResult> {
    return this.#do(`creating ${volume.name}`, [volume.name], async () => {
      checkSize(volume, this.#options.file_store_max_volume_size);
      const path = pathOf(this.#layout, 'volume', volume.name);
      const existing = await factsOf(path);
      if (existing !== undefined) return expectSize(existing, volume);
      await makeFile(this.#layout, path, async (staged) => {
        await withFile(staged, 'wx', (file) => file.truncate(volume.size));
        if (this.#options.volumes_preallocation === 'full') await preallocate(staged, 0, volume.size);
      });
      return expectSize(await existingFacts(path), volume);
    });
  }

  createFromSnapshot(volume: StoredObject, snapshotName: string): Promise<StoreResult> {
    return this.#copy({ ...volume, kind: 'volume' }, { kind: 'snapshot', name: snapshotName }, false);
  }

  clone(
    volume: StoredObject,
    sourceName: string,
    options: { readonly sourceInUse: boolean },
  ): Promise<StoreResult> {
    return this.#copy(
      { ...volume, kind: 'volume' },
      { kind: 'volume', name: sourceName },
      options.sourceInUse,
    );
  }

  async snapshot(
    snapshotName: string,
    volumeName: string,
    options: { readonly volumeInUse: boolean },
  ): Promise<StoreResult> {
    const size = await this.#sizeForSnapshot(snapshotName, volumeName);
    const snapshot = { kind: 'snapshot' as const, name: snapshotName, size };
    return this.#copy(snapshot, { kind: 'volume', name: volumeName }, options.volumeInUse);
  }

  delete(name: string, options?: DeleteOptions): Promise<StoreResult> {
    return this.#delete('volume', name, options);
  }

  deleteSnapshot(name: string, options?: DeleteOptions): Promise<StoreResult> {
    return this.#delete('snapshot', name, options);
  }

  extend(name: string, newSize: Bytes): Promise<Bytes> {
    return this.#do(`extending ${name}`, [name], async () => {
      checkSize({ name, size: newSize }, this.#options.file_store_max_volume_size);
      const volume = await factsOf(pathOf(this.#layout, 'volume', name));
      if (volume === undefined) throw absent('volume', name);
      return growFile(volume, newSize, this.#options.volumes_preallocation);
    });
  }

  path(name: string): Promise<string> {
    return this.#do(`looking for ${name}`, [], async () => {
      const volume = await factsOf(pathOf(this.#layout, 'volume', name));
      if (volume === undefined) throw absent('volume', name);
      return volume.path;
    });
  }

  identity(name: string): Promise<Identity> {
    return this.#do(`looking for ${name}`, [], async () => {
      const volume = await factsOf(pathOf(this.#layout, 'volume', name));
      if (volume === undefined) throw absent('volume', name);
      return { type: 'inode', dev: volume.dev, ino: volume.ino };
    });
  }

  pools(): Promise<PoolStats[]> {
    return this.#do('reading the capacity', [], async ({ reflinks }) => [
      await poolStats(
        this.#context.backend,
        this.#layout,
        this.#options,
        await reflinks().catch(falseWhenFull),
      ),
    ]);
  }

  manageExisting(name: string, reference: Reference): Promise<void> {
    return this.#do(`adopting ${name}`, [name], () => adopt(this.#layout, name, reference));
  }

  manageExistingGetSize(reference: Reference): Promise<Bytes> {
    return this.#do('looking at a file to adopt', [], () => sizeToAdopt(this.#layout, reference));
  }

  unmanage(name: string): Promise<void> {
    return this.#do(`letting go of ${name}`, [name], () => release(this.#layout, name));
  }

  listOwned(): Promise<OwnedObject[]> {
    return this.#do('listing', [], () => listOwned(this.#layout));
  }

  async close(): Promise<void> {
    const { file_store_image: image, file_store_image_unmount: unmount } = this.#options;
    const ground = this.#ground;
    this.#ground = undefined;
    if (image === undefined || !unmount || ground === undefined) return;
    try {
      await ground;
    } catch {
      return; // It was never mounted; who asked was told why.
    }
    if (!(await unmountImage(image, this.#layout.root))) {
      this.#context.log.warn({ image }, 'the image of the file store is in use and stays mounted');
    }
  }

  #copy(
    copy: StoredObject & { readonly kind: Kind },
    source: { readonly kind: Kind; readonly name: string },
    inUse: boolean,
  ): Promise<StoreResult> {
    return this.#do(
      `copying ${source.name} to ${copy.name}`,
      [copy.name, source.name],
      async ({ reflinks }) => {
        if (copy.kind === 'volume') checkSize(copy, this.#options.file_store_max_volume_size);
        const preallocation = this.#options.volumes_preallocation;
        return makeCopy(this.#layout, { source, copy, inUse, reflinks: await reflinks(), preallocation });
      },
    );
  }

  /** A snapshot is as long as its volume was; one that exists keeps its own size, though the volume may have grown since. */
  #sizeForSnapshot(snapshotName: string, volumeName: string): Promise<Bytes> {
    return this.#do(`looking for ${volumeName}`, [], async () => {
      const existing = await factsOf(pathOf(this.#layout, 'snapshot', snapshotName));
      const found = existing ?? (await factsOf(pathOf(this.#layout, 'volume', volumeName)));
      if (found === undefined) throw absent('volume', volumeName);
      return bytes(found.size);
    });
  }

  #delete(kind: Kind, name: string, options?: DeleteOptions): Promise<StoreResult> {
    return this.#do(`deleting ${name}`, [name], () =>
      remove(pathOf(this.#layout, kind, name), this.#options, options?.workDone ?? false),
    );
  }

  /** Runs one operation on a store that is set up, one at a time per name, and types its errors. */
  async #do<T>(what: string, names: readonly string[], work: (ground: Ground) => Promise<T>): Promise<T> {
    try {
      const ground = await this.#ready();
      return await this.#mutex.run(names, async () => {
        // Where the directories are gone, "not there" would be no answer (contract.md D27), and a new file no volume.
        if (!(await ground.present())) throw this.#gone();
        return work(ground);
      });
    } catch (error) {
      throw toContractError(error, what);
    }
  }

  #gone(): ContractError {
    // An image is mounted again by the next call. What else was mounted there is not ours to make.
    if (this.#options.file_store_image !== undefined) this.#ground = undefined;
    return new ContractError(
      'BACKEND_UNAVAILABLE',
      `${this.#layout.volumes} is gone or was replaced; is it still mounted?`,
    );
  }

  /** Sets up once; a failure is tried again by the next call, so that a repaired backend comes back. */
  async #ready(): Promise<Ground> {
    this.#ground ??= setUp(this.#layout, this.#options, this.#context);
    const mine = this.#ground;
    try {
      return await mine;
    } catch (error) {
      if (this.#ground === mine) this.#ground = undefined;
      throw error;
    }
  }
}

function absent(kind: Kind, name: string): ContractError {
  return new ContractError('NOT_FOUND', `there is no ${kind} ${name}`);
}
