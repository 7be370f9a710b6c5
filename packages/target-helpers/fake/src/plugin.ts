import { defineTargetHelper } from '@scoria/driver-sdk';
import { FakeTargetHelper } from './helper.ts';
import { fakeHelperOptionsSchema } from './options.ts';

/** The plugin: targets in memory. */
export const fake = defineTargetHelper({
  name: 'fake',
  version: '0.1.0',
  options: fakeHelperOptionsSchema,
  create: (options) => new FakeTargetHelper({ defaultLun: options.fake_target_default_lun }),
});
