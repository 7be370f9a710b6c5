/** A target helper in memory. */
export { FakeTargetHelper } from './helper.ts';
export { fakeHelperOptionsSchema } from './options.ts';
export { fake } from './plugin.ts';
