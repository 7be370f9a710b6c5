import { defineTargetHelper } from '@scoria/driver-sdk';
import { TgtHelper } from '@scoria/tgt-kit';
import { tgtOptionsSchema } from './options.ts';

/** The plugin: exports volumes through tgtd. */
export const tgtadm = defineTargetHelper({
  name: 'tgtadm',
  version: '0.1.0',
  options: tgtOptionsSchema,
  create: (options, context) => TgtHelper.open(options, context),
});
