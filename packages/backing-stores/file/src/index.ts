export { default } from './main.ts';
export { type FileStoreOptions, options } from './options.ts';
