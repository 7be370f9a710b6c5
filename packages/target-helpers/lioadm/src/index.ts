/** Exports volumes through LIO, the SCSI target of the Linux kernel. */
export { LioHelper } from './helper.ts';
export { type LioOptions, lioOptionsSchema } from './options.ts';
export { lioadm } from './plugin.ts';
