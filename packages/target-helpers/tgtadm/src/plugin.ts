import { defineTargetHelper } from '@scoria/driver-sdk';
import { TgtHelper, tgtOptionsSchema } from '@scoria/tgt-kit';

/** The plugin: exports volumes through tgtd. */
export const tgtadm = defineTargetHelper({
  name: 'tgtadm',
  version: '0.1.0',
  options: tgtOptionsSchema,
  create: (options, context) => TgtHelper.open(options, context),
});
