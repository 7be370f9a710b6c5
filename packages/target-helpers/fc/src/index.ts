/** Exports volumes over Fibre Channel, through LIO, the SCSI target of the Linux kernel. */
export { FcHelper, type KernelView } from './helper.ts';
export { type FcOptions, fcOptionsSchema } from './options.ts';
export { fc } from './plugin.ts';
