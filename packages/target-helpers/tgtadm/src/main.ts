export { tgtadm as default } from './plugin.ts';
