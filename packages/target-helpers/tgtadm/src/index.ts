/** Exports volumes through tgtd, the user-space SCSI target of Linux. */
export { TgtHelper } from './helper.ts';
export * from './management/index.ts';
export { type TgtOptions, tgtOptionsSchema } from './options.ts';
export { tgtadm } from './plugin.ts';
