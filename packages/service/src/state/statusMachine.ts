import type { BackupStatus, SnapshotStatus, VolumeStatus } from '../model/index.ts';

/**
 * One line of the status table (contract.md §12.3).
 *
 * - `from`: statuses the operation may start in; empty for those that make the object.
 * - `during`: the status while it runs; `same` leaves it alone.
 * - `ok`: the status after it. `gone`: the record is removed. `previous`: the one before it. `attachments`: what the
 *   attachments that are left say ({@link volumeStatusOf}).
 * - `failed`: the status after a failure, whose effects have been undone as far as they could be.
 * - `busy`: the status when the backend says that the object is busy, if that is another.
 */
export interface Transition<Status extends string> {
  readonly from: readonly Status[];
  readonly during: Status | 'same';
  readonly ok: Status | 'gone' | 'previous' | 'attachments' | 'same';
  readonly failed: Status | 'previous' | 'same';
  readonly busy?: Status;
}

/** Statuses that only say who uses the volume; operations on attachments move between them. */
export const attachFamily = [
  'available',
  'reserved',
  'attaching',
  'in-use',
  'detaching',
  'error_attaching',
  'error_detaching',
] as const satisfies readonly VolumeStatus[];

const settled = ['available', 'in-use'] as const satisfies readonly VolumeStatus[];

/** The whole machine of a volume. Every change of status names one of these operations. */
export const volumeMachine = {
  create: { from: [], during: 'creating', ok: 'available', failed: 'error' },
  download: { from: ['creating'], during: 'downloading', ok: 'available', failed: 'error' },
  delete: {
    from: ['available', 'error', 'error_deleting', 'error_extending', 'error_restoring', 'error_backing-up'],
    during: 'deleting',
    ok: 'gone',
    failed: 'error_deleting',
    busy: 'available',
  },
  extend: {
    from: ['available', 'error_extending'],
    during: 'extending',
    ok: 'attachments',
    failed: 'error_extending',
  },
  extendInUse: {
    from: ['available', 'in-use', 'error_extending'],
    during: 'extending',
    ok: 'attachments',
    failed: 'error_extending',
  },
  /** Legacy os-reserve: `attaching` is what its clients expect. */
  reserve: { from: ['available'], during: 'attaching', ok: 'attaching', failed: 'previous' },
  reserveShared: { from: settled, during: 'attaching', ok: 'attaching', failed: 'previous' },
  unreserve: {
    from: ['attaching', 'reserved', 'error_attaching'],
    during: 'same',
    ok: 'attachments',
    failed: 'same',
  },
  beginDetaching: { from: ['in-use'], during: 'detaching', ok: 'detaching', failed: 'previous' },
  rollDetaching: { from: ['detaching'], during: 'same', ok: 'in-use', failed: 'same' },
  /** An attachment record is made (v3.27); shared when the volume is multiattach, or its instance already has it. */
  attachReserve: { from: ['available'], during: 'reserved', ok: 'attachments', failed: 'previous' },
  attachReserveShared: { from: attachFamily, during: 'same', ok: 'attachments', failed: 'previous' },
  /** Export and authorise one initiator. */
  attach: {
    from: attachFamily,
    during: 'attaching',
    ok: 'attachments',
    failed: 'error_attaching',
  },
  attachComplete: { from: attachFamily, during: 'same', ok: 'in-use', failed: 'same' },
  /** Revoke one initiator, and the export when it was the last. */
  detach: {
    from: [...attachFamily, 'error_extending', 'error'],
    during: 'detaching',
    ok: 'attachments',
    failed: 'error_detaching',
  },
  /** Legacy os-initialize_connection and os-terminate_connection do not touch the status. */
  connect: { from: attachFamily, during: 'same', ok: 'same', failed: 'same' },
  disconnect: {
    from: [...attachFamily, 'error_extending', 'error'],
    during: 'same',
    ok: 'same',
    failed: 'same',
  },
  /** An image is written over it; `reserved` for whoever boots from it again right after. */
  reimage: { from: ['available', 'error'], during: 'downloading', ok: 'available', failed: 'error' },
  reimageReserved: {
    from: ['available', 'error', 'reserved'],
    during: 'downloading',
    ok: 'attachments',
    failed: 'error',
  },
  upload: { from: settled, during: 'uploading', ok: 'previous', failed: 'previous' },
  backup: { from: settled, during: 'backing-up', ok: 'previous', failed: 'previous' },
  restore: {
    from: ['available', 'error_restoring'],
    during: 'restoring-backup',
    ok: 'available',
    failed: 'error_restoring',
  },
  /** A new volume is filled from a backup. */
  restoreNew: {
    from: ['creating'],
    during: 'restoring-backup',
    ok: 'available',
    failed: 'error_restoring',
  },
  retype: { from: settled, during: 'retyping', ok: 'previous', failed: 'previous' },
  snapshot: { from: ['available'], during: 'same', ok: 'same', failed: 'same' },
  snapshotForced: { from: settled, during: 'same', ok: 'same', failed: 'same' },
  clone: { from: settled, during: 'same', ok: 'same', failed: 'same' },
  setMode: { from: [...settled, 'error'], during: 'same', ok: 'same', failed: 'same' },
} as const satisfies Record<string, Transition<VolumeStatus>>;

/** An operation of {@link volumeMachine}. */
export type VolumeOperation = keyof typeof volumeMachine;

/** The whole machine of a snapshot. */
export const snapshotMachine = {
  create: { from: [], during: 'creating', ok: 'available', failed: 'error' },
  delete: {
    from: ['available', 'error', 'error_deleting'],
    during: 'deleting',
    ok: 'gone',
    failed: 'error_deleting',
    busy: 'available',
  },
  /** It is backed up itself; nothing of it changes. */
  backup: { from: ['available'], during: 'backing-up', ok: 'available', failed: 'available' },
  /** A volume is made of it. */
  use: { from: ['available'], during: 'same', ok: 'same', failed: 'same' },
} as const satisfies Record<string, Transition<SnapshotStatus>>;

/** An operation of {@link snapshotMachine}. */
export type SnapshotOperation = keyof typeof snapshotMachine;

/** The whole machine of a backup. */
export const backupMachine = {
  create: { from: [], during: 'creating', ok: 'available', failed: 'error' },
  restore: { from: ['available'], during: 'restoring', ok: 'available', failed: 'available' },
  /** One that is being made is cancelled first. */
  delete: {
    from: ['available', 'error', 'error_deleting', 'creating'],
    during: 'deleting',
    ok: 'gone',
    failed: 'error_deleting',
  },
} as const satisfies Record<string, Transition<BackupStatus>>;

/** An operation of {@link backupMachine}. */
export type BackupOperation = keyof typeof backupMachine;
