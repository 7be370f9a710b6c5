import { defineBackingStore } from '@scoria/driver-sdk';
import { LvmStore } from './lvmStore.ts';
import { options } from './options.ts';

/** The LVM store, as a plugin. Nothing is touched before the first operation or probe. */
export default defineBackingStore({
  name: 'lvm',
  version: '0.1.0',
  options,
  create: (given, context) => new LvmStore(given, context),
});
