import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { connectionCases } from './cases/connections.ts';
import { exportCases } from './cases/exports.ts';
import { lifecycleCases } from './cases/lifecycle.ts';
import { managementCases } from './cases/management.ts';
import { snapshotCases } from './cases/snapshots.ts';
import { volumeCases } from './cases/volumes.ts';
import { type BackendSpec, type RunningBackend, startBackend } from './support/backend.ts';
import { type Owner, ownerOf } from './support/owner.ts';

/** One combination of driver, helper and store that has to keep the contract. */
export interface Combination extends BackendSpec {
  readonly title: string;
  /** Kind of connections that it makes. */
  readonly connections: 'iscsi' | 'iser' | 'fibre_channel';
  /** Makes an object that can be adopted, outside the driver. Returns the reference to it. */
  readonly existing?: (backend: RunningBackend, size: number) => Promise<Readonly<Record<string, string>>>;
  /** Why it cannot run here; undefined: it can. */
  readonly skip?: string | undefined;
  /** Starts what the combination needs besides the driver (a target daemon). */
  readonly prepare?: () => Promise<AsyncDisposable>;
}

/** What a case works with. */
export interface CaseContext {
  readonly combination: Combination;
  backend(): RunningBackend;
  owner(): Owner;
}

/**
 * Everything that the contract asks of any driver, on one combination. Each case leaves nothing behind; at the end the
 * driver itself says that it owns nothing.
 */
export function describeDriverContract(combination: Combination): void {
  if (combination.skip !== undefined) console.log(`skipped: ${combination.title}: ${combination.skip}`);
  describe.skipIf(combination.skip !== undefined)(combination.title, () => {
    let prepared: AsyncDisposable | undefined;
    let backend: RunningBackend | undefined;
    let owner: Owner | undefined;

    beforeAll(async () => {
      prepared = await combination.prepare?.();
      backend = await startBackend(combination);
      owner = ownerOf(backend.client);
    });
    afterEach(() => owner?.cleanUp());
    afterAll(async () => {
      await backend?.[Symbol.asyncDispose]();
      await prepared?.[Symbol.asyncDispose]();
    });

    const context: CaseContext = {
      combination,
      backend: () => required(backend),
      owner: () => required(owner),
    };
    lifecycleCases(context);
    volumeCases(context);
    snapshotCases(context);
    exportCases(context);
    connectionCases(context);
    managementCases(context);
  });
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the backend has not started');
  return value;
}
