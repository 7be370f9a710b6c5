import { defineTargetHelper } from '@scoria/driver-sdk';
import { LioHelper } from './helper.ts';
import { lioOptionsSchema } from './options.ts';

/** The plugin: exports volumes through LIO. */
export const lioadm = defineTargetHelper({
  name: 'lioadm',
  version: '0.1.0',
  options: lioOptionsSchema,
  create: (options, context) => LioHelper.open(options, context),
});
