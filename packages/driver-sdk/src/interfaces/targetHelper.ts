import type { OwnedObject, ProbeResult, Secret } from '@scoria/core/contract';
import type { FibreChannelHelper } from './fibreChannelHelper.ts';
import type { PluginContext } from './pluginContext.ts';

/** Transports that a target helper may speak; of Fibre Channel is {@link FibreChannelHelper}. */
export type Transport = 'iscsi' | 'iser';

/** One initiator's right to a target. */
export interface InitiatorAccess {
  /** IQN of the initiator. */
  readonly initiator: string;
  /** CHAP credentials it must show; null: none. */
  readonly chap: { readonly username: string; readonly password: Secret } | null;
  readonly readOnly: boolean;
}

/** A target as it should be. */
export interface TargetSpec {
  /** Backend name of the volume; also names what the helper persists. */
  readonly name: string;
  readonly iqn: string;
  readonly lun: number;
  /** File or block device behind the LUN. */
  readonly path: string;
  /** Unit serial number (VPD 0x80) that the LUN will show: what initiators check before the first I/O. */
  readonly serial: string;
  readonly transport: Transport;
  /** Where initiators are told to find it: addresses without brackets. Absent: as the helper's own options or its daemon have it. */
  readonly portals?: readonly { readonly address: string; readonly port: number }[] | undefined;
  /** Everyone who has access. Empty: nobody. Absent: whoever has access already, as the helper has stored it. */
  readonly access?: readonly InitiatorAccess[] | undefined;
}

/** A session on a target. */
export interface TargetSession {
  readonly initiator: string;
  readonly address: string;
}

/** A target as it was read back from the daemon or the kernel. */
export interface TargetState {
  readonly iqn: string;
  /** Helper's own number of the target; 0 where there is none. */
  readonly tid: number;
  readonly luns: readonly {
    readonly lun: number;
    readonly path: string;
    readonly serial: string;
    readonly size: number;
  }[];
  /** IQNs that may log in. */
  readonly initiators: readonly string[];
  readonly accounts: readonly string[];
  readonly sessions: readonly TargetSession[];
}

/**
 * Exports files and block devices as targets (contract.md §8; targets.md §1). Every mutation is verified by reading
 * back, every method is idempotent, and each throws a ContractError.
 */
export interface TargetHelper {
  /** LUN that a volume gets: 1 with tgt, whose LUN 0 is the controller; 0 elsewhere (contract.md §7.2). */
  readonly defaultLun: number;
  readonly transports: readonly Transport[];
  /** Characters of a unit serial number that the target keeps. Absent: 36, as many as a volume's id has. */
  readonly serialLength?: number;
  /** Whether targets can be made now: tools, daemon, permissions. */
  probe(): Promise<ProbeResult>;
  /**
   * Makes the target, or brings the existing one to `spec`, access included. Half-made targets are taken back.
   * @throws TARGET_CREATE_FAILED, NOT_FOUND (no backing file), NO_MORE_TARGETS, BACKEND_UNAVAILABLE
   */
  ensureTarget(spec: TargetSpec): Promise<TargetState>;
  /** As {@link ensureTarget} for many, by one listing and a diff. The result is in the order of `specs`. */
  ensureTargets(specs: readonly TargetSpec[]): Promise<readonly PromiseSettledResult<TargetState>[]>;
  /**
   * Removes target, LUN, access and persistence. Absent is success; "could not tell" is an error (D27).
   * @throws VOLUME_IS_BUSY when a session is live and `force` is false; TARGET_REMOVE_FAILED
   */
  removeTarget(iqn: string, name: string, options: { readonly force: boolean }): Promise<void>;
  /** The target as it is, or undefined when there is none. */
  showTarget(iqn: string): Promise<TargetState | undefined>;
  /**
   * Gives one initiator access. When it has access already, its stored credentials are kept and returned, whatever
   * `access.chap` says, unless they cannot be known any more.
   * @throws TARGET_NOT_FOUND, TARGET_ATTACH_FAILED
   */
  grant(iqn: string, name: string, access: InitiatorAccess): Promise<InitiatorAccess>;
  /**
   * Takes one initiator's access away, or everyone's (null). Absent is success.
   * @throws VOLUME_IS_BUSY when it has a live session and `force` is false; TARGET_DETACH_FAILED
   */
  revoke(
    iqn: string,
    name: string,
    initiator: string | null,
    options: { readonly force: boolean },
  ): Promise<void>;
  /** Makes the LUN show the new size of its backing file, with sessions kept. Returns the size read back, in bytes. */
  resize(iqn: string, name: string): Promise<number>;
  /** All targets, access rights and sessions that are ours. */
  listOwned(): Promise<OwnedObject[]>;
  /** Lets go of everything of this process. Exports stay. */
  close(): Promise<void>;
}

/** What the plugins of the kind `target-helper` make; `transports` tells which of them it is. */
export type AnyTargetHelper = TargetHelper | FibreChannelHelper;

/** Makes a target helper from its own parsed options. */
export type TargetHelperFactory<Options> = (
  options: Options,
  context: PluginContext,
) => Promise<AnyTargetHelper> | AnyTargetHelper;
