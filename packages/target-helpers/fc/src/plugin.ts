import { defineTargetHelper } from '@scoria/driver-sdk';
import { FcHelper } from './helper.ts';
import { fcOptionsSchema } from './options.ts';

/** The plugin: exports volumes over Fibre Channel. */
export const fc = defineTargetHelper({
  name: 'fc',
  version: '0.1.0',
  options: fcOptionsSchema,
  create: (options, context) => FcHelper.open(options, context),
});
