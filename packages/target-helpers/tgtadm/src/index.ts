/** Exports volumes through tgtd, the user-space SCSI target of Linux. */
export { type TgtOptions, tgtOptionsSchema } from './options.ts';
export { tgtadm } from './plugin.ts';
