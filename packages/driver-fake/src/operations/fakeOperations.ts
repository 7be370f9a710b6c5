import type { OperationAnswer, OperationName, OperationParams } from '@scoria/driver-sdk';
import type { FakeBackend } from '../backend.ts';

/** An operation of the fake: it has the backend to itself while it runs. */
export type FakeOperation<Name extends OperationName> = (
  backend: FakeBackend,
  params: OperationParams<Name>,
) => OperationAnswer<Name> | Promise<OperationAnswer<Name>>;

/** Some operations of the fake. */
export type FakeOperations = { readonly [Name in OperationName]?: FakeOperation<Name> };
