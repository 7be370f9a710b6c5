/** Exports volumes through tgtd, the user-space SCSI target of Linux. */
export { tgtadm } from './plugin.ts';
