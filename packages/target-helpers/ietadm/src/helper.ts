import { access as checkAccess, constants } from 'node:fs/promises';
import { dirname } from 'node:path';
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
import { IetFiles } from './conf/files.ts';
import { toContractError } from './errors.ts';
import { Ietadm } from './ietadm/client.ts';
import type { IetOptions } from './options.ts';
import { ownedObjects } from './owned.ts';
import { showTargets } from './proc/showTargets.ts';
import type { TargetRecord } from './record.ts';
import { backingAt, ioTypeFor } from './target/backing.ts';
import type { IetContext } from './target/context.ts';
import { ensureTarget, type Known } from './target/ensure.ts';
import { grantAccess } from './target/grant.ts';
import { removeTarget } from './target/remove.ts';
import { resizeLun } from './target/resize.ts';
import { revokeAccess } from './target/revoke.ts';

/** ietd.conf(5): what IET keeps of a serial. */
const SERIAL_LENGTH = 16;

/** Exports volumes through IET. All methods throw ContractError. */
export class IetHelper implements TargetHelper {
  readonly defaultLun = 0;
  readonly transports = ['iscsi'] as const;
  readonly serialLength = SERIAL_LENGTH;
  readonly #options: IetOptions;
  readonly #work: IetContext;
  readonly #locks = new KeyedMutex();

  constructor(options: IetOptions, context: Pick<PluginContext, 'stateDir'>) {
    this.#options = options;
    this.#work = {
      ietadm: new Ietadm(options.ietadm_program),
      files: new IetFiles(options.iet_conf, options.iet_initiators_allow, context.stateDir),
      proc: options.iet_proc,
      maxTid: options.iscsi_num_targets,
      proposed: new Set(),
    };
  }

  async probe(): Promise<ProbeResult> {
    try {
      await showTargets(this.#work.proc);
      await this.#work.ietadm.version();
    } catch (error) {
      return { state: 'absent', reason: toContractError(error, 'BACKEND_ERROR', 'IET').message };
    }
    for (const path of [this.#options.iet_conf, this.#options.iet_initiators_allow]) {
      try {
        await checkAccess(dirname(path), constants.R_OK | constants.W_OK | constants.X_OK);
      } catch {
        return { state: 'degraded', reason: `${path} cannot be replaced: ${dirname(path)} is not writable` };
      }
    }
    return { state: 'ready', reason: '' };
  }

  ensureTarget(spec: TargetSpec): Promise<TargetState> {
    return this.#guard('TARGET_CREATE_FAILED', `export of ${spec.name}`, spec.iqn, async () => {
      const desired = await this.#recordOf(spec);
      return stateOf(
        await ensureTarget(
          this.#work,
          (stored) => ({ ...desired, access: this.#accessOf(spec) ?? stored?.access ?? [] }),
          spec.iqn,
        ),
      );
    });
  }

  ensureTargets(specs: readonly TargetSpec[]): Promise<readonly PromiseSettledResult<TargetState>[]> {
    return Promise.allSettled(specs.map((spec) => this.ensureTarget(spec)));
  }

  removeTarget(iqn: string, _name: string, options: { readonly force: boolean }): Promise<void> {
    return this.#guard('TARGET_REMOVE_FAILED', `removal of ${iqn}`, iqn, () =>
      removeTarget(this.#work, iqn, options),
    );
  }

  showTarget(iqn: string): Promise<TargetState | undefined> {
    return this.#translated('BACKEND_ERROR', `look at ${iqn}`, async () => {
      const shown = (await showTargets(this.#work.proc)).get(iqn);
      if (!shown) return undefined;
      const stored = await this.#work.files.read(iqn);
      const record = stored === 'foreign' ? undefined : stored;
      const [lun] = shown.luns;
      const size = lun ? (lun.size ?? (await backingAt(lun.path).catch(() => null))?.size ?? 0) : 0;
      return stateOf({ record, shown }, size);
    });
  }

  grant(iqn: string, _name: string, access: InitiatorAccess): Promise<InitiatorAccess> {
    return this.#guard('TARGET_ATTACH_FAILED', `access of ${access.initiator} to ${iqn}`, iqn, () =>
      grantAccess(this.#work, iqn, access, { chap: this.#options.iet_chap }),
    );
  }

  revoke(
    iqn: string,
    _name: string,
    initiator: string | null,
    options: { readonly force: boolean },
  ): Promise<void> {
    return this.#guard('TARGET_DETACH_FAILED', `locking ${initiator ?? 'everyone'} out of ${iqn}`, iqn, () =>
      revokeAccess(this.#work, iqn, initiator, options),
    );
  }

  resize(iqn: string): Promise<number> {
    return this.#guard('BACKEND_ERROR', `resize of ${iqn}`, iqn, () => resizeLun(this.#work, iqn));
  }

  listOwned(): Promise<OwnedObject[]> {
    return this.#translated('BACKEND_ERROR', 'list of targets', async () =>
      ownedObjects(this.#work.files, await showTargets(this.#work.proc)),
    );
  }

  async close(): Promise<void> {}

  async #recordOf({ name, iqn, lun, path, serial, transport }: TargetSpec): Promise<TargetRecord> {
    if (transport !== 'iscsi') throw new ContractError('INVALID_ARGUMENT', `IET speaks no ${transport}`);
    if (serial.length > SERIAL_LENGTH)
      throw new ContractError(
        'INVALID_ARGUMENT',
        `IET keeps a serial of at most ${SERIAL_LENGTH} characters`,
      );
    const { iscsi_iotype, iscsi_write_cache } = this.#options;
    const ioType = ioTypeFor(path, await backingAt(path), iscsi_iotype);
    return { name, iqn, lun, path, serial, ioType, writeBack: iscsi_write_cache === 'on', access: [] };
  }

  /** Who is to have access; credentials that nobody could be asked for are left out. */
  #accessOf({ access }: TargetSpec): readonly InitiatorAccess[] | undefined {
    return this.#options.iet_chap ? access : access?.map((each) => ({ ...each, chap: null }));
  }

  #guard<T>(otherwise: ErrorCode, what: string, iqn: string, task: () => Promise<T>): Promise<T> {
    return this.#translated(otherwise, what, () => this.#locks.run(iqn, task));
  }

  async #translated<T>(otherwise: ErrorCode, what: string, task: () => Promise<T>): Promise<T> {
    try {
      return await task();
    } catch (error) {
      throw toContractError(error, otherwise, what);
    }
  }
}

/** A target in the terms of the contract. Serial and access are as the files have them: the kernel module shows neither. */
function stateOf(
  { record, shown }: { readonly record: Known['record'] | undefined; readonly shown: Known['shown'] },
  size?: number,
): TargetState {
  const access = record?.access ?? [];
  return {
    iqn: shown.iqn,
    tid: shown.tid,
    luns: shown.luns.map((each) => ({
      lun: each.lun,
      path: each.path,
      serial: each.lun === record?.lun ? record.serial : '',
      size: each.size ?? size ?? 0,
    })),
    initiators: access.map((each) => each.initiator),
    accounts: access.flatMap((each) => (each.chap ? [each.chap.username] : [])),
    sessions: shown.sessions.map(({ initiator, connections }) => ({
      initiator,
      address: connections.map((each) => each.address).join(' '),
    })),
  };
}
