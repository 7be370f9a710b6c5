export { fc as default } from './plugin.ts';
