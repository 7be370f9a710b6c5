export { lioadm as default } from './plugin.ts';
