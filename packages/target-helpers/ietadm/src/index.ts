/** Exports volumes through the iSCSI Enterprise Target. */
export { IetHelper } from './helper.ts';
export { type IetOptions, ietOptionsSchema } from './options.ts';
export { ietadm } from './plugin.ts';
