import type { OperationName } from '@scoria/driver-sdk';
import { connections } from './connections.ts';
import { dataPath } from './dataPath.ts';
import { exporting } from './exporting.ts';
import type { FakeOperation } from './fakeOperations.ts';
import { lifecycle } from './lifecycle.ts';
import { management } from './management.ts';
import { snapshots } from './snapshots.ts';
import { volumes } from './volumes.ts';

/** Every operation of the contract. */
export const table: { readonly [Name in OperationName]: FakeOperation<Name> } = {
  ...lifecycle,
  ...volumes,
  ...snapshots,
  ...exporting,
  ...connections,
  ...dataPath,
  ...management,
};

/** Operations that change nothing: after them there is nothing to save. */
export const readOnly: ReadonlySet<OperationName> = new Set([
  'doSetup',
  'checkForSetupError',
  'getVersion',
  'getVolumeStats',
  'listOwned',
  'localPath',
  'validateConnector',
  'manageExistingGetSize',
  'listChangedExtents',
]);
