export { default } from './main.ts';
export { type LvmStoreOptions, options } from './options.ts';
