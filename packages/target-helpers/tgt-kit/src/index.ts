/** tgtd, the user-space SCSI target of Linux, as a target helper: what the helpers of its transports share. */
export { TgtHelper } from './helper.ts';
export * from './management/index.ts';
export { type TgtOptions, tgtOptionsSchema } from './options.ts';
