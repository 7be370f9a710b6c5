import type { z } from 'zod';
import { dataPathOperations } from './dataPath.ts';
import { exportOperations } from './exports.ts';
import { lifecycleOperations } from './lifecycle.ts';
import { managementOperations } from './management.ts';
import { snapshotOperations } from './snapshots.ts';
import { volumeOperations } from './volumes.ts';
import type { Written } from './written.ts';

export { type CancelMeaning, commonErrors, type OperationDefinition, operation } from './define.ts';
export { fillDefaults, type Written } from './written.ts';

/** Every operation of the driver contract. The names are retired with an operation, never reused. */
export const operations = {
  ...lifecycleOperations,
  ...volumeOperations,
  ...snapshotOperations,
  ...exportOperations,
  ...dataPathOperations,
  ...managementOperations,
};

/** The operation table's type. */
export type Operations = typeof operations;
/** The name of an operation. */
export type OperationName = keyof Operations;
/** Parameters of an operation in memory (secrets as Secret, defaults filled in). */
export type OperationParams<Name extends OperationName> = z.output<Operations[Name]['params']>;
/** Parameters as a caller writes them: those with a default may be left out, secrets are Secret. */
export type OperationArguments<Name extends OperationName> = Written<Operations[Name]['params']>;
/** Result of an operation in memory. */
export type OperationResult<Name extends OperationName> = z.output<Operations[Name]['result']>;

/** Result as a driver writes it: fields with a default may be left out, secrets are Secret. */
export type OperationAnswer<Name extends OperationName> = Written<Operations[Name]['result']>;

/** All operation names, in the order of the table. */
export const operationNames = Object.keys(operations) as OperationName[];
/** Names of the operations every driver must implement. */
export const requiredOperations = operationNames.filter((name) => operations[name].required);
