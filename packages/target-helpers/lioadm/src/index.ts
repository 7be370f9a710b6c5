/** Exports volumes through LIO, the SCSI target of the Linux kernel. */
export { type Configfs, type ConfigfsEntry, openConfigfs } from './configfs/configfs.ts';
export { isLioError, LioError, type LioErrorCode } from './configfs/errors.ts';
export { LioHelper } from './helper.ts';
export { type LioOptions, lioOptionsSchema } from './options.ts';
export { lioadm } from './plugin.ts';
