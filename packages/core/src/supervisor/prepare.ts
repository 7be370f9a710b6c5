import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { type OperationName, operations } from '../contract/index.ts';

/** What a driver does once between `configure` and its first probe (contract.md §3.1), in this order. */
const preparations = ['doSetup', 'checkForSetupError'] as const satisfies readonly OperationName[];

/** Runs those preparations that the driver implements. Here and not in the service, since each restart needs them. */
export async function prepareDriver(
  capabilities: readonly string[],
  step: (method: string, params: unknown, schema: z.ZodType) => Promise<unknown>,
  deadline: number,
): Promise<void> {
  for (const name of preparations) {
    if (!capabilities.includes(name)) continue;
    const timeoutMs = Math.max(1, Math.ceil(deadline - performance.now()));
    await step(
      name,
      { meta: { requestId: randomUUID(), timeoutMs, attempt: 1 }, params: {} },
      operations[name].result,
    );
  }
}
