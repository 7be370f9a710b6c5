import { join } from 'node:path';
import {
  ContractError,
  type ErrorCode,
  type FibreChannelExport,
  type FibreChannelHelper,
  type FibreChannelRevocation,
  type FibreChannelSpec,
  KeyedMutex,
  type OwnedObject,
  type PluginContext,
  type ProbeResult,
} from '@scoria/driver-sdk';
import {
  type Configfs,
  deviceAt,
  openConfigfs,
  ownerOf,
  probeLio,
  resizeBackstore,
  toContractError,
} from '@scoria/lio-kit';
import { plainWwn } from '@scoria/target-kit';
import type { ExportContext } from './export/context.ts';
import { ensureExport, showOrRestore } from './export/ensureExport.ts';
import { grantAccess } from './export/grant.ts';
import { LunNumbers } from './export/lunNumbers.ts';
import { removeExport } from './export/removeExport.ts';
import { revokeAccess } from './export/revoke.ts';
import { showExport, showExports, toExport } from './export/showExport.ts';
import { fabrics } from './fabrics.ts';
import { ensurePort } from './kernel/ensurePort.ts';
import { hostPorts } from './kernel/hostPorts.ts';
import type { FcOptions } from './options.ts';
import { ownedObjects } from './owned.ts';
import { SavedExports } from './saved/savedExports.ts';

/** What stands for the kernel in tests. */
export interface KernelView {
  readonly fs?: Configfs;
  readonly sysfsRoot?: string;
}

const plainSorted = (wwpns: readonly string[]) => [...new Set(wwpns.map(plainWwn))].sort();

/** Exports volumes over Fibre Channel. All methods throw ContractError. */
export class FcHelper implements FibreChannelHelper {
  readonly transports = ['fibre_channel'] as const;
  readonly #options: FcOptions;
  readonly #work: ExportContext;
  readonly #sysfsRoot: string;
  readonly #locks = new KeyedMutex();
  #started: Promise<void> | undefined;

  private constructor(options: FcOptions, work: ExportContext, sysfsRoot: string) {
    this.#options = options;
    this.#work = work;
    this.#sysfsRoot = sysfsRoot;
  }

  /** Opens the helper. A kernel without LIO, or a host without the ports, is reported by {@link probe}. */
  static async open(options: FcOptions, context: PluginContext, kernel: KernelView = {}): Promise<FcHelper> {
    const fs = kernel.fs ?? openConfigfs(options.lio_configfs_root);
    const owner = ownerOf(context.stateDir);
    const fabric = fabrics[options.fc_fabric];
    const ports = plainSorted(options.fc_target_wwpns);
    const registered = plainSorted(options.fc_initiator_wwpns);
    const saved = new SavedExports(options.lio_saveconfig, { fs, fabric, owner, ports, registered });
    const numbers = new LunNumbers(join(context.stateDir, 'fc-last-lun'));
    return new FcHelper(
      options,
      { fs, fabric, ports, registered: new Set(registered), saved, owner, numbers, log: context.log },
      kernel.sysfsRoot ?? '/sys',
    );
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
    return this.#lookForPorts();
  }

  ensureExport(spec: FibreChannelSpec): Promise<FibreChannelExport> {
    const { name, path, serial, access } = spec;
    const { fc_write_cache, lio_thin_provisioning: thin } = this.#options;
    return this.#guard('TARGET_CREATE_FAILED', `export of ${name}`, name, () =>
      ensureExport(this.#work, { name, path, serial, access, thin, writeCache: fc_write_cache === 'on' }),
    );
  }

  removeExport(name: string, options: { readonly force: boolean }): Promise<void> {
    return this.#guard('TARGET_REMOVE_FAILED', `removal of the export of ${name}`, name, () =>
      removeExport(this.#work, name, options),
    );
  }

  showExport(name: string): Promise<FibreChannelExport | undefined> {
    return this.#translated('BACKEND_ERROR', `look at the export of ${name}`, async () => {
      const shown = await showExport(this.#work, name);
      return shown && shown.at.length > 0 ? toExport(name, shown) : undefined;
    });
  }

  grant(
    name: string,
    wwpns: readonly string[],
    { readOnly }: { readonly readOnly: boolean },
  ): Promise<FibreChannelExport> {
    return this.#guard('TARGET_ATTACH_FAILED', `access of ${wwpns.join(', ')} to ${name}`, name, () =>
      grantAccess(this.#work, name, plainSorted(wwpns), readOnly),
    );
  }

  revoke(name: string, wwpns: readonly string[] | null): Promise<FibreChannelRevocation> {
    return this.#guard(
      'TARGET_DETACH_FAILED',
      `locking ${wwpns?.join(', ') ?? 'everyone'} out of ${name}`,
      name,
      () => revokeAccess(this.#work, name, wwpns && plainSorted(wwpns)),
    );
  }

  resize(name: string): Promise<number> {
    return this.#guard('BACKEND_ERROR', `resize of the export of ${name}`, name, async () => {
      const { fs, saved } = this.#work;
      const backstore = (await showOrRestore(this.#work, name))?.backstore;
      if (!backstore) throw new ContractError('TARGET_NOT_FOUND', `there is no export of ${name}`);
      const size = await resizeBackstore(fs, backstore, await deviceAt(backstore.device));
      await saved.save(backstore.name);
      return size;
    });
  }

  listOwned(): Promise<OwnedObject[]> {
    return this.#translated('BACKEND_ERROR', 'list of exports', () => ownedObjects(this.#work));
  }

  async close(): Promise<void> {
    await this.#started?.catch(() => undefined); // whoever waited for it was told
  }

  /** Has LIO loaded, makes the ports targets, and brings back what the saved file has of ours and the kernel has not, once: after a reboot without targetctl. */
  #ready(): Promise<void> {
    this.#started ??= this.#start().catch((error: unknown) => {
      // The next operation tries again.
      this.#started = undefined;
      throw error;
    });
    return this.#started;
  }

  async #start(): Promise<void> {
    const { fs, fabric, ports, registered, saved, log } = this.#work;
    const { state, reason } = await this.#lookForLio();
    if (state === 'absent') throw new ContractError('BACKEND_UNAVAILABLE', reason);
    for (const port of ports) {
      if (await ensurePort(fs, fabric, port, [...registered]))
        log.info(
          { port },
          'the port is a target now: whoever has logged in to it before has to log in again',
        );
    }
    await saved.savePorts();
    const present = await showExports(this.#work);
    const missing = [...(await saved.records()).values()].filter(({ name }) => !present.has(name));
    const results = await Promise.allSettled(
      missing.map((record) => this.#locks.run(record.name, () => ensureExport(this.#work, record))),
    );
    const failed = results.filter((each) => each.status === 'rejected');
    for (const each of failed) log.warn({ reason: String(each.reason) }, 'an export could not be restored');
    if (missing.length > 0) log.info({ exports: missing.length, failed: failed.length }, 'exports restored');
  }

  #lookForLio(): Promise<ProbeResult> {
    const { lio_configfs_root: root, lio_saveconfig: saveconfig } = this.#options;
    return probeLio(this.#work.fs, this.#work.fabric, { root, saveconfig });
  }

  /** Ports that are not there, or have no link, are no reason not to export by the others. */
  async #lookForPorts(): Promise<ProbeResult> {
    const found = await hostPorts(this.#sysfsRoot);
    const wrong = this.#work.ports.flatMap((wwpn) => {
      const port = found.find((each) => each.wwpn === wwpn);
      if (!port) return [`this host has no port ${wwpn}`];
      return port.state === 'Online' ? [] : [`port ${wwpn} is ${port.state}`];
    });
    return { state: wrong.length > 0 ? 'degraded' : 'ready', reason: wrong.join('; ') };
  }

  #guard<T>(otherwise: ErrorCode, what: string, name: string, task: () => Promise<T>): Promise<T> {
    return this.#translated(otherwise, what, async () => {
      await this.#ready();
      return this.#locks.run(name, task);
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
