/** Statuses of a volume (contract.md §12.3). */
export const volumeStatuses = [
  'creating',
  'available',
  'reserved',
  'attaching',
  'detaching',
  'in-use',
  'maintenance',
  'deleting',
  'error',
  'error_deleting',
  'error_attaching',
  'error_detaching',
  'error_extending',
  'extending',
  'downloading',
  'uploading',
  'backing-up',
  'restoring-backup',
  'error_backing-up',
  'error_restoring',
  'retyping',
  'awaiting-transfer',
] as const;
/** One of {@link volumeStatuses}. */
export type VolumeStatus = (typeof volumeStatuses)[number];

/** Statuses of a snapshot (contract.md §12.3). */
export const snapshotStatuses = [
  'creating',
  'available',
  'deleting',
  'error',
  'error_deleting',
  'backing-up',
  'restoring',
  'unmanaging',
] as const;
/** One of {@link snapshotStatuses}. */
export type SnapshotStatus = (typeof snapshotStatuses)[number];

/** Statuses of a backup (contract.md §12.3). */
export const backupStatuses = [
  'creating',
  'available',
  'deleting',
  'error',
  'error_deleting',
  'restoring',
] as const;
/** One of {@link backupStatuses}. */
export type BackupStatus = (typeof backupStatuses)[number];

/** Statuses of an attachment. */
export const attachmentStatuses = [
  'reserved',
  'attaching',
  'attached',
  'detaching',
  'error_attaching',
  'error_detaching',
] as const;
/** One of {@link attachmentStatuses}. */
export type AttachmentStatus = (typeof attachmentStatuses)[number];
