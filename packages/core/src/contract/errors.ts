import { z } from 'zod';
import { fitOnWire } from './fitOnWire.ts';

/**
 * Whether repeating a failed request can help.
 *
 * - `never`: the same request fails again;
 * - `backoff`: repeat the same request (same `requestId`) after a growing wait;
 * - `after-change`: repeat once what the message names has been changed;
 * - `reconcile`: the outcome is unknown: read the state back before anything else.
 */
export type RetryClass = 'never' | 'backoff' | 'after-change' | 'reconcile';

interface ErrorEntry {
  /** The original's name for it (contract.md §13), or ours where it had none. */
  readonly name: string;
  /** HTTP status at the REST edge. */
  readonly status: number;
  readonly retry: RetryClass;
  readonly condition: string;
  /** What the caller must do. */
  readonly caller: string;
}

/**
 * The closed table of errors that cross the driver boundary (contract.md §13). Retired codes are never reused.
 * Documentation (`docs/errors.md`), JSON Schema and types are derived from it; a test fails when they disagree.
 */
export const errorTable = {
  UNIMPLEMENTED: {
    name: 'NotImplementedError',
    status: 501,
    retry: 'never',
    condition: 'The driver does not implement the operation, or not in this form.',
    caller: 'Use the generic way if there is one; otherwise tell the user that this backend cannot do it.',
  },
  INVALID_ARGUMENT: {
    name: 'InvalidParameterValue',
    status: 400,
    retry: 'never',
    condition: 'A parameter breaks the schema or a rule of the operation.',
    caller: 'Correct the parameter that the message names.',
  },
  INVALID_RESULT: {
    name: 'InvalidDriverResult',
    status: 500,
    retry: 'reconcile',
    condition: 'The driver answered with a result that breaks the schema.',
    caller: 'Treat the outcome as unknown; the supervisor quarantines the driver. Report it to its vendor.',
  },
  NOT_FOUND: {
    name: 'NotFound',
    status: 404,
    retry: 'never',
    condition: 'The object does not exist on the backend.',
    caller: 'Treat a delete as done; otherwise reconcile the record with the backend.',
  },
  ALREADY_EXISTS: {
    name: 'Duplicate',
    status: 409,
    retry: 'never',
    condition: 'An object of that name exists with other arguments.',
    caller: 'Do not overwrite: choose another name, or find out who owns the existing object.',
  },
  INVALID_VOLUME: {
    name: 'InvalidVolume',
    status: 400,
    retry: 'after-change',
    condition: 'The volume is not in a state for this operation, or has no export.',
    caller: 'Bring the volume into the state that the message names, then repeat.',
  },
  VOLUME_IS_BUSY: {
    name: 'VolumeIsBusy',
    status: 409,
    retry: 'after-change',
    condition: 'The volume has dependants or a live session.',
    caller: 'Remove what the message names (snapshots, sessions), or use force where the operation has it.',
  },
  SNAPSHOT_IS_BUSY: {
    name: 'SnapshotIsBusy',
    status: 409,
    retry: 'after-change',
    condition: 'The snapshot has dependants.',
    caller: 'Remove the dependants first.',
  },
  INVALID_CONNECTOR: {
    name: 'InvalidConnectorException',
    status: 400,
    retry: 'after-change',
    condition: 'The connector lacks what the transport needs (an IQN; WWPNs and WWNNs).',
    caller: 'Send the missing property; the message names it.',
  },
  EXPORT_FAILURE: {
    name: 'ExportFailure',
    status: 500,
    retry: 'backoff',
    condition: 'The volume could not be exported, or what was exported could not be recorded.',
    caller: 'Nothing is exported. Look at the cause, then repeat.',
  },
  REMOVE_EXPORT_FAILED: {
    name: 'RemoveExportException',
    status: 500,
    retry: 'backoff',
    condition: 'The export could not be removed; it may still be there.',
    caller: 'Repeat; the operation is idempotent. With force, sessions are dropped.',
  },
  TARGET_CREATE_FAILED: {
    name: 'ISCSITargetCreateFailed',
    status: 500,
    retry: 'backoff',
    condition: 'The target daemon refused to make the target, or reading it back showed something else.',
    caller: 'Look at the daemon; nothing half-made was left. Repeat.',
  },
  TARGET_REMOVE_FAILED: {
    name: 'ISCSITargetRemoveFailed',
    status: 500,
    retry: 'backoff',
    condition: 'The target is still there after its removal.',
    caller: 'Repeat; with force when the message says that a session is live.',
  },
  TARGET_ATTACH_FAILED: {
    name: 'ISCSITargetAttachFailed',
    status: 500,
    retry: 'backoff',
    condition: 'The initiator could not be authorised on the target.',
    caller: 'Nothing was granted. Look at the cause, then repeat.',
  },
  TARGET_DETACH_FAILED: {
    name: 'ISCSITargetDetachFailed',
    status: 500,
    retry: 'backoff',
    condition: 'The initiator could not be revoked: it may still have access.',
    caller: 'Repeat until it succeeds; treat the initiator as authorised until then.',
  },
  NO_MORE_TARGETS: {
    name: 'NoMoreTargets',
    status: 503,
    retry: 'after-change',
    condition: 'The target helper has no free target number.',
    caller: 'Remove exports, or raise the limit.',
  },
  TARGET_NOT_FOUND: {
    name: 'ISCSITargetNotFoundForVolume',
    status: 404,
    retry: 'never',
    condition: 'No target of that volume exists.',
    caller: 'Export the volume first; treat a removal as done.',
  },
  DEVICE_UNAVAILABLE: {
    name: 'DeviceUnavailable',
    status: 400,
    retry: 'backoff',
    condition: 'The device did not appear, cannot be read, or did not show the identity its export promised.',
    caller: 'Nothing was read or written. Detach, look at the path, attach again.',
  },
  VOLUME_DEVICE_NOT_FOUND: {
    name: 'VolumeDeviceNotFound',
    status: 400,
    retry: 'backoff',
    condition: 'The initiator found no device for the volume after all scans.',
    caller: 'Check network and target, then attach again.',
  },
  NO_FC_HOSTS: {
    name: 'NoFibreChannelHostsFound',
    status: 400,
    retry: 'after-change',
    condition: 'The host has no online Fibre Channel port.',
    caller: 'Bring a port online.',
  },
  NO_FC_DEVICE: {
    name: 'NoFibreChannelVolumeDeviceFound',
    status: 400,
    retry: 'backoff',
    condition: 'No Fibre Channel path to the volume appeared after all scans.',
    caller: 'Check zoning and LUN masking, then attach again.',
  },
  IMAGE_UNACCEPTABLE: {
    name: 'ImageUnacceptable',
    status: 400,
    retry: 'never',
    condition: 'The image breaks a rule of safety, size or format.',
    caller: 'Use another image; the message names the rule.',
  },
  INVALID_REFERENCE: {
    name: 'ManageExistingInvalidReference',
    status: 400,
    retry: 'never',
    condition: 'The reference to an existing backend object is malformed or names nothing.',
    caller: 'Correct the reference; the message says what forms are known.',
  },
  VOLUME_TYPE_MISMATCH: {
    name: 'ManageExistingVolumeTypeMismatch',
    status: 400,
    retry: 'never',
    condition: 'The existing object does not fit the volume type.',
    caller: 'Choose another type.',
  },
  NO_SPACE: {
    name: 'InsufficientFreeSpace',
    status: 413,
    retry: 'after-change',
    condition: 'The backend has not enough free space. Nothing was left behind.',
    caller: 'Free space or choose another backend.',
  },
  SIZE_UNSUPPORTED: {
    name: 'InvalidInput',
    status: 400,
    retry: 'never',
    condition: 'The size is outside the limits of the backend, or would shrink a volume.',
    caller: 'Choose a size within the limits that the message names.',
  },
  COMMAND_FAILED: {
    name: 'ProcessExecutionError',
    status: 500,
    retry: 'backoff',
    condition: 'A host command ended with an exit code that is not allowed.',
    caller: 'Read the transcript in the error; repeat when the cause is gone.',
  },
  TOOL_MISSING: {
    name: 'ProgramNotFound',
    status: 500,
    retry: 'after-change',
    condition: 'A program that the driver needs is not installed or may not be run.',
    caller: 'Install it; `scoria doctor` names the package.',
  },
  BACKEND_UNAVAILABLE: {
    name: 'VolumeBackendAPIException',
    status: 503,
    retry: 'backoff',
    condition: 'The backend or its target daemon does not answer.',
    caller: 'Repeat after a wait; look at the backend when it goes on.',
  },
  BACKEND_ERROR: {
    name: 'VolumeBackendAPIException',
    status: 500,
    retry: 'backoff',
    condition: 'The backend answered with an error that has no code of its own.',
    caller: 'Read the message; repeat, then look at the backend.',
  },
  NOT_INITIALIZED: {
    name: 'DriverNotInitialized',
    status: 503,
    retry: 'backoff',
    condition: 'The driver is not configured or not ready (starting, backing off, quarantined).',
    caller: 'Wait for the backend to become ready; `scoria backend list` says why it is not.',
  },
  INVALID_CONFIGURATION: {
    name: 'InvalidConfigurationValue',
    status: 500,
    retry: 'after-change',
    condition: 'An option is missing, unknown, or has a value that cannot work here.',
    caller: 'Correct the option that the message names, then restart the backend.',
  },
  ABORTED: {
    name: 'Aborted',
    status: 409,
    retry: 'backoff',
    condition: 'Another operation on the same object is under way.',
    caller: 'Repeat when it has ended.',
  },
  CANCELLED: {
    name: 'Cancelled',
    status: 409,
    retry: 'backoff',
    condition: 'The request was cancelled; its effects were undone as far as the operation promises.',
    caller: 'Nothing, or repeat.',
  },
  DEADLINE_EXCEEDED: {
    name: 'DeadlineExceeded',
    status: 504,
    retry: 'reconcile',
    condition: 'No answer came before the deadline. The effect may still happen.',
    caller: 'Read the state back, or repeat the same request: it is idempotent.',
  },
  OUTCOME_UNKNOWN: {
    name: 'OutcomeUnknown',
    status: 503,
    retry: 'reconcile',
    condition: 'The connection to the driver was lost while the request was under way.',
    caller: 'Never assume failure: wait for the driver, then repeat the same request.',
  },
  INTERNAL: {
    name: 'InternalError',
    status: 500,
    retry: 'never',
    condition: 'A defect in the driver or in Scoria.',
    caller: 'Report it with the request id.',
  },
} as const satisfies Record<string, ErrorEntry>;

/** A code of {@link errorTable}. */
export type ErrorCode = keyof typeof errorTable;

/** All codes, in the order of the table. */
export const errorCodes = Object.keys(errorTable) as [ErrorCode, ...ErrorCode[]];

const errorTranscriptSchema = z.object({
  argv: z.array(z.string()),
  exitCode: z.number().int().nullable(),
  durationMs: z.number(),
  stderr: z.string().optional(),
  stdout: z.string().optional(),
});

/** A contract error as it crosses the wire: `data` of a JSON-RPC error. Never carries a secret. */
export const wireErrorSchema = z.object({
  code: z.enum(errorCodes).describe('Decides what the caller does.'),
  message: z.string().max(16_384).describe('For people: what, which object, what to do next.'),
  details: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe('What the error is about: ids, names, paths, limits.'),
  leftBehind: z
    .array(z.string())
    .optional()
    .describe('What is still there after the failure and will have to be removed.'),
  secondary: z
    .array(z.string())
    .optional()
    .describe('Errors of the clean-up that followed; the message is the first cause.'),
  transcript: z.array(errorTranscriptSchema).optional().describe('Commands that ran, redacted.'),
});

/** A contract error as it crosses the wire. */
export type WireError = z.infer<typeof wireErrorSchema>;

/** What may accompany a {@link ContractError}. */
export interface ContractErrorOptions extends Omit<WireError, 'code' | 'message'> {
  readonly cause?: unknown;
}

const CONTRACT_ERROR_BRAND = Symbol.for('scoria.contractError');

/** The one error class that crosses the driver boundary. `code` decides what a caller does; the message is for people. */
export class ContractError extends Error {
  readonly [CONTRACT_ERROR_BRAND] = true;
  readonly code: ErrorCode;
  readonly details: NonNullable<WireError['details']>;
  readonly leftBehind: readonly string[];
  readonly secondary: readonly string[];
  readonly transcript: NonNullable<WireError['transcript']>;

  constructor(code: ErrorCode, message: string, options: ContractErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = errorTable[code].name;
    this.code = code;
    this.details = thatCross(options.details ?? {});
    this.leftBehind = options.leftBehind ?? [];
    this.secondary = options.secondary ?? [];
    this.transcript = options.transcript ?? [];
  }

  /** Whether repeating can help, from {@link errorTable}. */
  get retry(): RetryClass {
    return errorTable[this.code].retry;
  }

  /** The form that crosses the wire, cut so that it fits on one line of it. */
  toWire(): WireError {
    return fitOnWire({
      code: this.code,
      message: this.message.slice(0, 16_384),
      ...(Object.keys(this.details).length > 0 && { details: this.details }),
      ...(this.leftBehind.length > 0 && { leftBehind: [...this.leftBehind] }),
      ...(this.secondary.length > 0 && { secondary: [...this.secondary] }),
      ...(this.transcript.length > 0 && { transcript: [...this.transcript] }),
    });
  }

  /** Rebuilds an error from its wire form. */
  static fromWire(wire: WireError): ContractError {
    const { code, message, ...options } = wire;
    return new ContractError(code, message, options);
  }
}

/** Without `__proto__`, which no object keeps when it is parsed: both sides of the wire shall see the same. */
function thatCross(details: NonNullable<WireError['details']>): NonNullable<WireError['details']> {
  if (!Object.hasOwn(details, '__proto__')) return details;
  return Object.fromEntries(Object.entries(details).filter(([key]) => key !== '__proto__'));
}

/** Whether `value` is a {@link ContractError}, whichever copy of this package made it. */
export function isContractError(value: unknown): value is ContractError {
  return value instanceof Error && CONTRACT_ERROR_BRAND in value;
}

/** Adds what went wrong while cleaning up; the first cause stays the error (contract.md D1, D6). */
export function withSecondary(error: ContractError, clean: readonly unknown[]): ContractError {
  if (clean.length === 0) return error;
  const texts = clean.map((each) => (each instanceof Error ? each.message : String(each)));
  return new ContractError(error.code, error.message, {
    details: error.details,
    leftBehind: [...error.leftBehind],
    secondary: [...error.secondary, ...texts],
    transcript: error.transcript,
    cause: error.cause,
  });
}
