import { type ConnectionInfo, type Connector, identitySchema } from '@scoria/core/contract';
import { z } from 'zod';

/** Names of the connectors ({@link createInitiator}). */
export const initiatorNameSchema = z.enum(['userland', 'open-iscsi', 'fibre-channel', 'local']);

/** Names of the connectors. */
export type InitiatorName = z.infer<typeof initiatorNameSchema>;

/** A volume that is reachable on this host, after it has proven its identity. Safe to log and to store: no secrets. */
export const attachedDeviceSchema = z.object({
  connector: initiatorNameSchema,
  /** What to open. */
  path: z.string().startsWith('/'),
  type: z.enum(['block', 'file']),
  /** What the device showed and the export had promised. */
  identity: identitySchema,
  /** Bytes. */
  size: z.number().int().min(0),
  readOnly: z.boolean(),
  /**
   * Whether discards may be sent. When false they fail, or (for `type: 'file'`) must not be tried: FALLOC_FL_PUNCH_HOLE
   * would report success and leave the old data in place.
   */
  discard: z.boolean(),
  /** The connector's own name for the attachment; stable for the same target and LUN. */
  handle: z.string().min(1),
});

/** A volume that is reachable on this host. */
export type AttachedDevice = z.infer<typeof attachedDeviceSchema>;

/** How long a verb may take and how it is stopped. */
export interface WaitOptions {
  readonly signal?: AbortSignal;
  /** Time limit of the whole verb in ms. */
  readonly deadlineMs?: number;
}

/** How a device is taken away. */
export interface DisconnectOptions extends WaitOptions {
  /** Runs every step even when an earlier one failed, and reports what is left at the end. */
  readonly force?: boolean;
}

/** What {@link InitiatorConnector.disconnect} found on its way. */
export interface DisconnectReport {
  /** False when there was nothing to detach: that is a success too. */
  readonly wasAttached: boolean;
  /** False when the path to the target was dead, so that what was still in this host's cache is lost. */
  readonly flushed: boolean;
  /** Errors of steps that `force` went past, though nothing is left. */
  readonly warnings: readonly string[];
}

/** An attachment that a connector finds on this host, whole or not. */
export interface ListedAttachment {
  readonly handle: string;
  readonly target: { readonly portal: string; readonly iqn: string; readonly lun: number } | null;
  /** `attached`: usable. `broken`: its daemon or session is gone. `busy`: being attached or detached right now. */
  readonly state: 'attached' | 'broken' | 'busy';
  readonly device: AttachedDevice | null;
}

/** Brings exported volumes to this host, and takes them away without leaving anything behind. */
export interface InitiatorConnector {
  readonly name: InitiatorName;

  /** What this host says about itself as an initiator (contract.md §2). @throws ContractError INVALID_CONNECTOR */
  connectorProperties(): Promise<Connector>;

  /**
   * Attaches. The device is handed out only after it has shown the identity that `connectionInfo` promises; nothing is
   * left behind on failure. Idempotent: attaching what is attached proves its identity again and returns it.
   *
   * @throws ContractError DEVICE_UNAVAILABLE (other identity, none promised, or refused), VOLUME_DEVICE_NOT_FOUND,
   * BACKEND_UNAVAILABLE (nothing answers at the portal), ABORTED (another verb runs on the same LUN), TOOL_MISSING,
   * COMMAND_FAILED, DEADLINE_EXCEEDED, CANCELLED
   */
  connect(connectionInfo: ConnectionInfo, options?: WaitOptions): Promise<AttachedDevice>;

  /**
   * Flushes and detaches. Idempotent: detaching what is not attached succeeds. Without `force` the first failing step
   * ends it, before anything that would lose data.
   *
   * @throws ContractError VOLUME_IS_BUSY (the device is mounted or held), COMMAND_FAILED, DEADLINE_EXCEEDED;
   * `leftBehind` names what is still there
   */
  disconnect(
    attached: AttachedDevice | ConnectionInfo,
    options?: DisconnectOptions,
  ): Promise<DisconnectReport>;

  /**
   * Makes a grown volume's new size visible without detaching. Idempotent.
   *
   * @returns the device with its new size
   * @throws ContractError DEVICE_UNAVAILABLE, NOT_FOUND (not attached)
   */
  extend(attached: AttachedDevice, options?: WaitOptions): Promise<AttachedDevice>;

  /** Every attachment of this connector on this host, leftovers of dead processes included. */
  listAttached(): Promise<ListedAttachment[]>;
}

/** Whether it is connection information, not a device. */
export function isConnectionInfo(value: AttachedDevice | ConnectionInfo): value is ConnectionInfo {
  return 'driver_volume_type' in value;
}
