export { fake as default } from './plugin.ts';
