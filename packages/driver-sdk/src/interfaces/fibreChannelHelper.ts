import type { OwnedObject, ProbeResult } from '@scoria/core/contract';

/** What one initiator port may do with an export. World-wide names are 16 hex digits in lower case, here and below. */
export interface FibreChannelAccess {
  /** WWPN of the initiator. */
  readonly wwpn: string;
  readonly readOnly: boolean;
}

/** An export as it should be. Its LUN is the helper's to choose. */
export interface FibreChannelSpec {
  /** Backend name of the volume. */
  readonly name: string;
  /** File or block device behind the LUN. */
  readonly path: string;
  /** Unit serial number (VPD 0x80) that the LUN will show: what initiators check before the first I/O. */
  readonly serial: string;
  /** Everyone who has access. Empty: nobody. Absent: whoever has access already, as the helper has stored it. */
  readonly access?: readonly FibreChannelAccess[] | undefined;
}

/** An export as it was read back from the kernel or the array. */
export interface FibreChannelExport {
  readonly name: string;
  /** The same at every port and for every initiator. */
  readonly lun: number;
  /** WWPNs of the target ports that show it; at least one. */
  readonly ports: readonly string[];
  readonly path: string;
  readonly serial: string;
  /** Bytes. */
  readonly size: number;
  readonly access: readonly FibreChannelAccess[];
  /** WWPNs of initiators that have access and are logged in. */
  readonly sessions: readonly string[];
}

/** What {@link FibreChannelHelper.revoke} left. */
export interface FibreChannelRevocation {
  /** The export without the revoked access; undefined when there is none. */
  readonly left: FibreChannelExport | undefined;
  /** WWPNs that were locked out of it and have no other export of this backend: their zones can go. */
  readonly unused: readonly string[];
}

/**
 * Exports files and block devices as LUNs of Fibre Channel target ports, which all volumes share (contract.md §10). Every mutation is verified by
 * reading back, every method is idempotent, and each throws a ContractError.
 */
export interface FibreChannelHelper {
  readonly transports: readonly ['fibre_channel'];
  /** Whether exports can be made now: drivers, ports, permissions. */
  probe(): Promise<ProbeResult>;
  /**
   * Makes the export at every target port, or brings the existing one to `spec`, access included. Half-made ones are taken back.
   * @throws TARGET_CREATE_FAILED, NOT_FOUND (no backing file), NO_MORE_TARGETS (no free LUN), BACKEND_UNAVAILABLE
   */
  ensureExport(spec: FibreChannelSpec): Promise<FibreChannelExport>;
  /**
   * Removes LUN, access and persistence. Absent is success; "could not tell" is an error (D27).
   * @throws VOLUME_IS_BUSY when an initiator that has access is logged in and `force` is false; TARGET_REMOVE_FAILED
   */
  removeExport(name: string, options: { readonly force: boolean }): Promise<void>;
  /** The export as it is, or undefined when there is none. */
  showExport(name: string): Promise<FibreChannelExport | undefined>;
  /**
   * Gives initiator ports access, or changes their right to write.
   * @throws TARGET_NOT_FOUND, TARGET_ATTACH_FAILED
   */
  grant(
    name: string,
    wwpns: readonly string[],
    options: { readonly readOnly: boolean },
  ): Promise<FibreChannelExport>;
  /**
   * Takes access away from initiator ports, or from everyone (null). Absent is success. Logins are to a port, not to a LUN: they do not count as use.
   * @throws TARGET_DETACH_FAILED
   */
  revoke(name: string, wwpns: readonly string[] | null): Promise<FibreChannelRevocation>;
  /** Makes the LUN show the new size of its backing file, logins kept. Returns the size read back, in bytes. @throws TARGET_NOT_FOUND */
  resize(name: string): Promise<number>;
  /** All exports, access rights and logins that are ours. */
  listOwned(): Promise<OwnedObject[]>;
  /** Lets go of everything of this process. Exports stay. */
  close(): Promise<void>;
}
