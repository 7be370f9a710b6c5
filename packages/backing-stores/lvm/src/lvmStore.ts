import type {
  BackingStore,
  Bytes,
  DeleteOptions,
  Identity,
  OwnedObject,
  PluginContext,
  PoolStats,
  ProbeResult,
  StoredObject,
  StoreResult,
} from '@scoria/driver-sdk';
import { activate } from './activate.ts';
import { adopt, type Reference, release, sizeToAdopt } from './adoption.ts';
import { poolStats } from './capacity.ts';
import { makeCopy } from './copies.ts';
import { createVolume } from './create.ts';
import { toContractError } from './errors.ts';
import { extend } from './extend.ts';
import { findUsable } from './find.ts';
import type { Ground } from './ground.ts';
import { health } from './health.ts';
import type { LvmStoreOptions } from './options.ts';
import { listOwned } from './owned.ts';
import { remove } from './removal.ts';
import { setUp } from './setup.ts';
import { takeSnapshot } from './snapshots.ts';
import { identityOf } from './work.ts';

/**
 * Volumes as logical volumes. Holds no state but locks: what exists, and whose it is, is what LVM's metadata say. Operations on one object
 * wait for each other in this process; between processes LVM's lock lets one change in at a time, and what was changed is read back.
 */
export class LvmStore implements BackingStore {
  readonly #options: LvmStoreOptions;
  readonly #context: PluginContext;
  #ground: Promise<Ground> | undefined;

  constructor(options: LvmStoreOptions, context: PluginContext) {
    this.#options = options;
    this.#context = context;
  }

  async probe(): Promise<ProbeResult> {
    try {
      return await this.#do('probing', [], health);
    } catch (error) {
      return { state: 'absent', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  create(volume: StoredObject): Promise<StoreResult> {
    return this.#do(`creating ${volume.name}`, [volume.name], (ground) => createVolume(ground, volume));
  }

  createFromSnapshot(volume: StoredObject, snapshotName: string): Promise<StoreResult> {
    return this.#do(`copying ${snapshotName} to ${volume.name}`, [volume.name, snapshotName], (ground) =>
      makeCopy(ground, volume, { kind: 'snapshot', name: snapshotName, inUse: false }),
    );
  }

  clone(
    volume: StoredObject,
    sourceName: string,
    options: { readonly sourceInUse: boolean },
  ): Promise<StoreResult> {
    return this.#do(`copying ${sourceName} to ${volume.name}`, [volume.name, sourceName], (ground) =>
      makeCopy(ground, volume, { kind: 'volume', name: sourceName, inUse: options.sourceInUse }),
    );
  }

  snapshot(snapshotName: string, volumeName: string): Promise<StoreResult> {
    return this.#do(`taking ${snapshotName} of ${volumeName}`, [snapshotName, volumeName], (ground) =>
      takeSnapshot(ground, snapshotName, volumeName),
    );
  }

  delete(name: string, options: DeleteOptions = { workDone: false }): Promise<StoreResult> {
    return this.#do(`deleting ${name}`, [name], (ground) => remove(ground, 'volume', name, options));
  }

  deleteSnapshot(name: string, options: DeleteOptions = { workDone: false }): Promise<StoreResult> {
    return this.#do(`deleting ${name}`, [name], (ground) => remove(ground, 'snapshot', name, options));
  }

  extend(name: string, newSize: Bytes): Promise<Bytes> {
    return this.#do(`extending ${name}`, [name], (ground) => extend(ground, name, newSize));
  }

  path(name: string): Promise<string> {
    return this.#do(`looking for ${name}`, [name], async (ground) =>
      activate(ground, await findUsable(ground, 'volume', name)),
    );
  }

  identity(name: string): Promise<Identity> {
    return this.#do(`looking for ${name}`, [], async (ground) =>
      identityOf(ground, await findUsable(ground, 'volume', name)),
    );
  }

  pools(): Promise<PoolStats[]> {
    return this.#do('reading the capacity', [], async (ground) => [
      await poolStats(this.#context.backend, ground),
    ]);
  }

  manageExisting(name: string, reference: Reference): Promise<void> {
    return this.#do(`adopting ${name}`, [name], (ground) => adopt(ground, name, reference));
  }

  manageExistingGetSize(reference: Reference): Promise<Bytes> {
    return this.#do('looking at a logical volume to adopt', [], (ground) => sizeToAdopt(ground, reference));
  }

  unmanage(name: string): Promise<void> {
    return this.#do(`letting go of ${name}`, [name], (ground) => release(ground, name));
  }

  listOwned(): Promise<OwnedObject[]> {
    return this.#do('listing', [], listOwned);
  }

  /** Volumes stay active: whoever has them open goes on. */
  async close(): Promise<void> {
    this.#ground = undefined;
  }

  /** Runs one operation on a store that is set up, one at a time per name, and types its errors. */
  async #do<T>(what: string, names: readonly string[], work: (ground: Ground) => Promise<T>): Promise<T> {
    try {
      const ground = await this.#ready();
      return await ground.mutex.run(names, () => work(ground));
    } catch (error) {
      throw toContractError(error, what);
    }
  }

  /** Sets up once; a failure is tried again by the next call, so that a repaired backend comes back. */
  async #ready(): Promise<Ground> {
    this.#ground ??= setUp(this.#options, this.#context);
    const mine = this.#ground;
    try {
      return await mine;
    } catch (error) {
      if (this.#ground === mine) this.#ground = undefined;
      throw error;
    }
  }
}
