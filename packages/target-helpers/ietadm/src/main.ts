export { ietadm as default } from './plugin.ts';
