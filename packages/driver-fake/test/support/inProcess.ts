import {
  type DriverClient,
  fillDefaults,
  type OperationArguments,
  type OperationName,
  type OperationResult,
  operationNames,
  operations,
  z,
} from '@scoria/driver-sdk';
import { openFake } from '../../src/openFake.ts';
import { options } from '../../src/options.ts';

/** A crash of a driver that shares its process with the test. */
export class Crashed extends Error {
  override readonly name = 'Crashed';
}

/**
 * A fake driver in this process, seen as a caller sees it: parameters and results cross an encoded boundary, so that
 * whatever breaks a schema fails here too.
 */
export async function openInProcess(section: z.input<typeof options> = {}): Promise<DriverClient> {
  const fake = await openFake(options.parse(section), {
    backend: 'fake-backend',
    crash: () => {
      throw new Crashed('crashed');
    },
  });
  const call = async <Name extends OperationName>(
    name: Name,
    params: OperationArguments<Name>,
    { signal = new AbortController().signal }: { signal?: AbortSignal } = {},
  ): Promise<OperationResult<Name>> => {
    const { params: paramsSchema, result: resultSchema } = operations[name] as (typeof operations)[Name];
    const decoded = overTheWire(paramsSchema, fillDefaults(paramsSchema, params));
    const answer = await fake.run(name, decoded as never, { signal });
    return overTheWire(resultSchema, fillDefaults(resultSchema, answer)) as OperationResult<Name>;
  };
  return Object.fromEntries(
    operationNames.map((name) => [name, (params: never, given: never) => call(name, params, given)]),
  ) as unknown as DriverClient;
}

function overTheWire<Schema extends z.ZodType>(schema: Schema, value: z.output<Schema>): z.output<Schema> {
  return z.decode(schema, JSON.parse(JSON.stringify(z.encode(schema, value))));
}
