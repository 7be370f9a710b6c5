import type {
  Bytes,
  CallOptions,
  DriverClient,
  DriverOperations,
  OperationAnswer,
  OperationArguments,
  OperationContext,
  OperationName,
  OperationParams,
  Secret,
  Work,
} from '@scoria/core/contract';
import { describe, expectTypeOf, it } from 'vitest';

// Checked by the type check: the assertions cost nothing when the tests run.
describe('derived types', () => {
  it('a driver may leave any operation out; what it has takes in-memory parameters', () => {
    expectTypeOf<keyof DriverOperations>().toEqualTypeOf<OperationName>();
    expectTypeOf<object>().toExtend<DriverOperations>();
    expectTypeOf<NonNullable<DriverOperations['extendVolume']>>().parameter(0).toExtend<{ newSize: Bytes }>();
    expectTypeOf<NonNullable<DriverOperations['extendVolume']>>()
      .parameter(1)
      .toEqualTypeOf<OperationContext>();
  });

  it('a caller has every operation and a promise of the whole result', () => {
    expectTypeOf<keyof DriverClient>().toEqualTypeOf<OperationName>();
    expectTypeOf<DriverClient['createVolume']>()
      .returns.resolves.toHaveProperty('work')
      .toEqualTypeOf<Work[]>();
    expectTypeOf<DriverClient['createVolume']>().parameter(1).toEqualTypeOf<CallOptions | undefined>();
  });

  it('defaults are optional for who writes and present for who reads', () => {
    expectTypeOf<{ refresh?: boolean }>().toExtend<OperationArguments<'getVolumeStats'>>();
    expectTypeOf<object>().toExtend<OperationArguments<'getVolumeStats'>>();
    expectTypeOf<{ refresh: string }>().not.toExtend<OperationArguments<'getVolumeStats'>>();
    expectTypeOf<OperationParams<'getVolumeStats'>>().toEqualTypeOf<{ refresh: boolean }>();
    expectTypeOf<object>().toExtend<OperationAnswer<'createVolume'>>();
    expectTypeOf<object>().not.toExtend<OperationAnswer<'initializeConnection'>>();
  });

  it('sizes are branded and secrets are Secret on both sides', () => {
    expectTypeOf<number>().not.toExtend<OperationParams<'createVolume'>['volume']['size']>();
    expectTypeOf<OperationParams<'createVolume'>['volume']['providerAuth']>().toEqualTypeOf<Secret | null>();
    expectTypeOf<
      OperationArguments<'createVolume'>['volume']['providerAuth']
    >().toEqualTypeOf<Secret | null>();
  });
});
