export { iseradm as default } from './plugin.ts';
