import { isIPv4, isIPv6 } from 'node:net';
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
import {
  type Configfs,
  deviceAt,
  type Fabric,
  openConfigfs,
  ownerOf,
  probeLio,
  resizeBackstore,
  shownSize,
  toContractError,
} from '@scoria/lio-kit';
import { generateChap } from '@scoria/target-kit';
import { showTarget } from './kernel/showTarget.ts';
import type { LioOptions } from './options.ts';
import { ownedObjects } from './owned.ts';
import { SavedState } from './saved/savedState.ts';
import type { TargetContext } from './target/context.ts';
import { ensureTarget, showOurs, type WantedTarget } from './target/ensure.ts';
import { grantAccess } from './target/grant.ts';
import { removeTarget } from './target/remove.ts';
import { revokeAccess } from './target/revoke.ts';
import { toTargetState } from './target/state.ts';

const FABRIC: Fabric = { title: 'iSCSI', directory: 'iscsi', module: 'iscsi_target_mod' };

/** Exports volumes through LIO. All methods throw ContractError. */
export class LioHelper implements TargetHelper {
  readonly defaultLun = 0;
  readonly transports = ['iscsi', 'iser'] as const;
  readonly #options: LioOptions;
  readonly #work: TargetContext;
  readonly #locks = new KeyedMutex();
  #restored: Promise<void> | undefined;

  private constructor(options: LioOptions, work: TargetContext) {
    this.#options = options;
    this.#work = work;
  }

  /** Opens the helper. A kernel without LIO is reported by {@link probe}. @param fs stands in for the kernel in tests */
  static async open(
    options: LioOptions,
    context: PluginContext,
    fs: Configfs = openConfigfs(options.lio_configfs_root),
  ): Promise<LioHelper> {
    const owner = ownerOf(context.stateDir);
    const saved = new SavedState(options.lio_saveconfig, fs, owner);
    return new LioHelper(options, { fs, saved, owner, log: context.log });
  }

  async probe(): Promise<ProbeResult> {
    const result = await this.#lookForLio();
    if (result.state !== 'ready') return result;
    try {
      await this.#work.saved.records();
      await this.#ready();
    } catch (error) {
      return { state: 'degraded', reason: toContractError(error, 'BACKEND_ERROR', 'LIO').message };
    }
    return result;
  }

  ensureTarget(spec: TargetSpec): Promise<TargetState> {
    return this.#guard('TARGET_CREATE_FAILED', `export of ${spec.name}`, spec.iqn, () =>
      ensureTarget(this.#work, this.#wanted(spec)),
    );
  }

  ensureTargets(specs: readonly TargetSpec[]): Promise<readonly PromiseSettledResult<TargetState>[]> {
    return Promise.allSettled(specs.map((spec) => this.ensureTarget(spec)));
  }

  removeTarget(iqn: string, name: string, options: { readonly force: boolean }): Promise<void> {
    return this.#guard('TARGET_REMOVE_FAILED', `removal of ${iqn}`, iqn, () =>
      removeTarget(this.#work, iqn, name, options),
    );
  }

  showTarget(iqn: string): Promise<TargetState | undefined> {
    return this.#translated('BACKEND_ERROR', `look at ${iqn}`, async () => {
      const shown = await showTarget(this.#work.fs, iqn);
      const backstore = shown?.luns[0]?.backstore;
      return shown && toTargetState(shown, backstore ? await shownSize(backstore) : 0);
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
      const { fs, saved } = this.#work;
      const backstore = (await showOurs(this.#work, iqn, name))?.luns[0]?.backstore;
      if (!backstore) throw new ContractError('TARGET_NOT_FOUND', `there is no target ${iqn}`);
      const size = await resizeBackstore(fs, backstore, await deviceAt(backstore.device));
      await saved.save({ iqn, backstoreName: backstore.name });
      return size;
    });
  }

  listOwned(): Promise<OwnedObject[]> {
    return this.#translated('BACKEND_ERROR', 'list of targets', () => ownedObjects(this.#work));
  }

  async close(): Promise<void> {
    await this.#restored?.catch(() => undefined); // whoever waited for it was told
  }

  /** Has LIO loaded, and brings back what the saved file has of ours and the kernel has not, once: after a reboot without targetctl. */
  #ready(): Promise<void> {
    this.#restored ??= this.#restore().catch((error: unknown) => {
      // The next operation tries again.
      this.#restored = undefined;
      throw error;
    });
    return this.#restored;
  }

  async #restore(): Promise<void> {
    const { fs, saved, log } = this.#work;
    const { state, reason } = await this.#lookForLio();
    if (state === 'absent') throw new ContractError('BACKEND_UNAVAILABLE', reason);
    const present = new Set((await fs.list('iscsi')).map(({ name }) => name));
    const missing = (await saved.records()).filter(({ iqn }) => !present.has(iqn));
    const results = await Promise.allSettled(
      missing.map((record) =>
        this.#locks.run(record.iqn, () => ensureTarget(this.#work, { ...record, authorised: [] })),
      ),
    );
    const failed = results.filter((each) => each.status === 'rejected');
    for (const { reason } of failed) log.warn({ reason: String(reason) }, 'an export could not be restored');
    if (missing.length > 0) log.info({ exports: missing.length, failed: failed.length }, 'exports restored');
  }

  #lookForLio(): Promise<ProbeResult> {
    const { lio_configfs_root: root, lio_saveconfig: saveconfig } = this.#options;
    return probeLio(this.#work.fs, FABRIC, { root, saveconfig });
  }

  #wanted(spec: TargetSpec): WantedTarget {
    const { name, iqn, lun, path, serial, access, transport } = spec;
    const { iscsi_ip_address, iscsi_secondary_ip_addresses, iscsi_port, iscsi_write_cache } = this.#options;
    const portals =
      spec.portals ??
      [iscsi_ip_address, ...iscsi_secondary_ip_addresses].map((address) => ({ address, port: iscsi_port }));
    return {
      name,
      backstoreName: this.#work.owner.backstoreName(name),
      iqn,
      lun,
      path,
      serial,
      portals: portals.map(({ address, port }) => ({
        address: requireAddress(address),
        port,
        iser: transport === 'iser',
      })),
      writeCache: iscsi_write_cache === 'on',
      thin: this.#options.lio_thin_provisioning,
      access,
      authorised: this.#options.lio_initiator_iqns.map((initiator) => ({
        initiator,
        chap: generateChap(),
        readOnly: false,
      })),
    };
  }

  #guard<T>(otherwise: ErrorCode, what: string, iqn: string, task: () => Promise<T>): Promise<T> {
    return this.#translated(otherwise, what, async () => {
      await this.#ready();
      return this.#locks.run(iqn, task);
    });
  }

  async #translated<T>(otherwise: ErrorCode, what: string, task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      throw toContractError(error, otherwise, what);
    }
  }
}

/** A portal is an address of this host: LIO resolves no names. @throws ContractError INVALID_CONFIGURATION */
function requireAddress(text: string): string {
  const address = text.replace(/^\[(.*)\]$/, '$1');
  // One way to write an IPv6 address: LIO takes two ways for two portals.
  if (isIPv6(address)) return new URL(`http://[${address}]`).hostname.slice(1, -1);
  if (isIPv4(address)) return address;
  throw new ContractError('INVALID_CONFIGURATION', `LIO listens at addresses, and "${text}" is none`);
}
