import { join } from 'node:path';
import { defineBackingStore } from '@scoria/driver-sdk';
import { FileStore } from './fileStore.ts';
import { layoutOf } from './layout.ts';
import { options } from './options.ts';

/** The file store, as a plugin. Nothing is touched before the first operation or probe. */
export default defineBackingStore({
  name: 'file',
  version: '0.1.0',
  options,
  create: (given, context) =>
    new FileStore(layoutOf(given.file_store_dir ?? join(context.stateDir, 'file-store')), given, context),
});
