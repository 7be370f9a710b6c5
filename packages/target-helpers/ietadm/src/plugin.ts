import { defineTargetHelper } from '@scoria/driver-sdk';
import { IetHelper } from './helper.ts';
import { ietOptionsSchema } from './options.ts';

/** The plugin: exports volumes through IET. */
export const ietadm = defineTargetHelper({
  name: 'ietadm',
  version: '0.1.0',
  options: ietOptionsSchema,
  create: (options, context) => new IetHelper(options, context),
});
