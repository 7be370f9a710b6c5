import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { connectionCases } from './cases/connections.ts';
import { exportCases } from './cases/exports.ts';
import { lifecycleCases } from './cases/lifecycle.ts';
import { managementCases } from './cases/management.ts';
import { snapshotCases } from './cases/snapshots.ts';
import { volumeCases } from './cases/volumes.ts';
import { type RunningBackend, startBackend } from './support/backend.ts';
import type { CaseContext, Combination } from './support/combination.ts';
import { type Owner, ownerOf } from './support/owner.ts';

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
