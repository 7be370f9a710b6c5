export { fakeDriver } from './driver.ts';
export type { FakeDriver } from './fakeDriver.ts';
export { type Fault, type FaultMoment, faultSchema } from './faults/fault.ts';
export { type FakeSurroundings, openFake } from './openFake.ts';
export { type FakeOptions, options } from './options.ts';
