import { access as checkAccess, constants } from 'node:fs/promises';
import { join } from 'node:path';
import {
  ContractError,
  type ErrorCode,
  type InitiatorAccess,
  KeyedMutex,
  type OwnedObject,
  type PluginContext,
  type ProbeResult,
  type TargetHelper,
  type TargetSpec,
  type TargetState,
} from '@scoria/driver-sdk';
import { type ConfStore, openConfStore } from './conf/store.ts';
import { Daemon } from './daemon/daemon.ts';
import { toContractError } from './errors.ts';

import type { Lld } from './management/index.ts';
import type { TgtOptions } from './options.ts';
import { ownedObjects } from './owned.ts';
import type { TargetRecord } from './record.ts';
import { backingSize } from './target/backingFile.ts';
import { desiredRecord } from './target/desired.ts';
import { type EnsureContext, ensureMany, ensureOne } from './target/ensure.ts';
import { grantAccess } from './target/grant.ts';
import { ownerTag } from './target/identity.ts';
import { Lister } from './target/listing.ts';
import { removeTarget } from './target/remove.ts';
import { resizeLun } from './target/resize.ts';
import { revokeAccess } from './target/revoke.ts';
import { toTargetState } from './target/state.ts';
import { TidAllocator } from './target/tidAllocator.ts';

/** Exports volumes through tgtd. All methods throw ContractError. */
export class TgtHelper implements TargetHelper {
  readonly defaultLun = 1;
  readonly transports: readonly [Lld];
  readonly #options: TgtOptions;
  readonly #context: PluginContext;
  readonly #daemon: Daemon;
  readonly #confs: ConfStore;
  readonly #work: EnsureContext;
  readonly #locks = new KeyedMutex();
  readonly #tag: string;

  private constructor(options: TgtOptions, context: PluginContext, daemon: Daemon, confs: ConfStore) {
    this.transports = [options.tgt_driver];
    this.#options = options;
    this.#context = context;
    this.#daemon = daemon;
    this.#confs = confs;
    this.#tag = ownerTag(confs.directory);
    this.#work = {
      client: daemon.client,
      lister: new Lister(daemon.client),
      tids: new TidAllocator(),
      confs,
      asksForBoth: () => daemon.iserAsksForBoth(),
    };
  }

  /** Opens the helper. A daemon that does not run is reported by {@link probe}, unless it is ours to start. */
  static async open(options: TgtOptions, context: PluginContext): Promise<TgtHelper> {
    const confs = await openConfStore(options.volumes_dir ?? join(context.stateDir, 'volumes'), context.log);
    return new TgtHelper(options, context, await Daemon.open(options, context.log), confs);
  }

  async probe(): Promise<ProbeResult> {
    try {
      await checkAccess(this.#confs.directory, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch {
      return { state: 'degraded', reason: `volumes_dir ${this.#confs.directory} cannot be written` };
    }
    try {
      await this.#daemon.heal(() => this.#restore());
    } catch (error) {
      return { state: 'absent', reason: toContractError(error, 'BACKEND_ERROR', 'tgtd').message };
    }
    return this.#daemon.probe();
  }

  ensureTarget(spec: TargetSpec): Promise<TargetState> {
    return this.#guard('TARGET_CREATE_FAILED', `export of ${spec.name}`, spec.iqn, () =>
      ensureOne(this.#work, (stored) => desiredRecord(spec, stored, this.#options, this.#tag), spec.name),
    );
  }

  async ensureTargets(specs: readonly TargetSpec[]): Promise<readonly PromiseSettledResult<TargetState>[]> {
    return this.#translated('TARGET_CREATE_FAILED', 'exports', () =>
      this.#daemon.run(
        () => this.#restore(),
        () =>
          ensureMany(
            this.#work,
            specs.map((spec) => ({
              name: spec.name,
              desired: (stored: TargetRecord | undefined) =>
                desiredRecord(spec, stored, this.#options, this.#tag),
              lock: <T>(task: () => Promise<T>) => this.#locks.run(spec.iqn, task),
            })),
            (error, name) => toContractError(error, 'TARGET_CREATE_FAILED', `export of ${name}`),
          ),
      ),
    );
  }

  /** Brings back everything that the configuration files describe, by one listing and a diff. Called when the daemon is a new one. */
  async restoreAll(): Promise<readonly PromiseSettledResult<TargetState>[]> {
    const records = await this.#confs.readAll();
    return ensureMany(
      this.#work,
      records.map((record) => ({
        name: record.name,
        // The files say how; options that were changed since count at the next export.
        desired: (stored: TargetRecord | undefined) => stored ?? record,
        lock: <T>(task: () => Promise<T>) => this.#locks.run(`restore ${record.iqn}`, task),
      })),
      (error, name) => toContractError(error, 'TARGET_CREATE_FAILED', `restoring of ${name}`),
    );
  }

  removeTarget(iqn: string, name: string, options: { readonly force: boolean }): Promise<void> {
    return this.#guard('TARGET_REMOVE_FAILED', `removal of ${iqn}`, iqn, () =>
      removeTarget(this.#work, iqn, name, options),
    );
  }

  showTarget(iqn: string): Promise<TargetState | undefined> {
    return this.#translated('BACKEND_ERROR', `look at ${iqn}`, async () => {
      const shown = (
        await this.#daemon.run(
          () => this.#restore(),
          () => this.#work.lister.fresh(),
        )
      ).target(iqn);
      if (!shown) return undefined;
      const path = shown.luns.find((each) => each.lun !== 0)?.path;
      const size = path ? await backingSize(path).catch(() => undefined) : undefined;
      return toTargetState(shown, shown.lld === 'iser' && (await this.#daemon.iserAsksForBoth()), size);
    });
  }

  grant(iqn: string, name: string, access: InitiatorAccess): Promise<InitiatorAccess> {
    return this.#guard('TARGET_ATTACH_FAILED', `access of ${access.initiator} to ${iqn}`, iqn, () =>
      grantAccess(this.#work, iqn, name, access),
    );
  }

  revoke(
    iqn: string,
    name: string,
    initiator: string | null,
    options: { readonly force: boolean },
  ): Promise<void> {
    return this.#guard('TARGET_DETACH_FAILED', `locking ${initiator ?? 'everyone'} out of ${iqn}`, iqn, () =>
      revokeAccess(this.#work, iqn, name, initiator, options),
    );
  }

  resize(iqn: string, name: string): Promise<number> {
    return this.#guard('BACKEND_ERROR', `resize of ${iqn}`, iqn, async () => {
      const record = await this.#confs.read(name);
      const before = await this.#work.lister.fresh();
      const shown = before.target(iqn);
      if (!record || !shown) throw new ContractError('TARGET_NOT_FOUND', `there is no target ${iqn}`);
      return resizeLun({ ...this.#work, before }, record, shown.tid, this.#context.log);
    });
  }

  listOwned(): Promise<OwnedObject[]> {
    return this.#translated('BACKEND_ERROR', 'list of targets', async () =>
      ownedObjects(await this.#work.lister.fresh(), await this.#confs.readAll(), {
        prefix: this.#options.iscsi_target_prefix,
        tag: this.#tag,
      }),
    );
  }

  async close(): Promise<void> {
    await this.#daemon.close();
  }

  async #restore(): Promise<void> {
    const start = performance.now();
    const results = await this.restoreAll();
    const failed = results.filter((each) => each.status === 'rejected');
    for (const { reason } of failed)
      this.#context.log.warn({ reason: String(reason) }, 'an export could not be restored');
    if (results.length > 0) {
      const ms = Math.round(performance.now() - start);
      this.#context.log.info(
        { exports: results.length, failed: failed.length, ms },
        'exports are as recorded',
      );
    }
  }

  #guard<T>(otherwise: ErrorCode, what: string, iqn: string, task: () => Promise<T>): Promise<T> {
    return this.#translated(otherwise, what, () =>
      this.#locks.run(iqn, () => this.#daemon.run(() => this.#restore(), task)),
    );
  }

  async #translated<T>(otherwise: ErrorCode, what: string, task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      throw toContractError(error, otherwise, what);
    }
  }
}
