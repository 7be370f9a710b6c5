import { defineTargetHelper } from '@scoria/driver-sdk';
import { TgtHelper } from '@scoria/tgt-kit';
import { asTgtOptions, iserTgtOptionsSchema } from './options.ts';

/** The plugin: exports volumes through tgtd's iSER driver. */
export const iseradm = defineTargetHelper({
  name: 'iseradm',
  version: '0.1.0',
  options: iserTgtOptionsSchema,
  create: (options, context) => TgtHelper.open(asTgtOptions(options), context),
});
