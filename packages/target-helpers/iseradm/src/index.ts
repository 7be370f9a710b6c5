/** Exports volumes through tgtd over iSER. */
export { type IserTgtOptions, iserTgtOptionsSchema } from './options.ts';
export { iseradm } from './plugin.ts';
