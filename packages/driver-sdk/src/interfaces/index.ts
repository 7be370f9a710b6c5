export type * from './backingStore.ts';
export type * from './fibreChannelHelper.ts';
export type * from './pluginContext.ts';
export type * from './targetHelper.ts';
