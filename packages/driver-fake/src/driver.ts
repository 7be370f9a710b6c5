import {
  type Driver,
  type DriverOperationTable,
  defineDriver,
  type OperationContext,
  type OperationName,
  operationNames,
} from '@scoria/driver-sdk';
import type { FakeDriver } from './fakeDriver.ts';
import { crashNow } from './faults/crashNow.ts';
import { openFake } from './openFake.ts';
import { options } from './options.ts';
import { version } from './version.ts';

/** The fake driver. */
export const fakeDriver: Driver<typeof options, FakeDriver> = defineDriver({
  name: 'fake',
  version,
  options,
  setup: (parsed, { backend }) => openFake(parsed, { backend, crash: crashNow }),
  probe: (fake) => fake.probe(),
  operations: everyOperation(),
});

/** Each operation of the contract is handed to the fake by its name: faults are looked up by it. */
function everyOperation(): DriverOperationTable<FakeDriver> {
  const handlers = operationNames.map((name: OperationName) => {
    const handler = (params: never, context: OperationContext & { state: FakeDriver }): Promise<unknown> =>
      context.state.run(name, params, context);
    return [name, handler];
  });
  return Object.fromEntries(handlers);
}
