import { workerData } from 'node:worker_threads';
import { RateTable } from './rateTable.ts';

/** What every thread of a pool is started with. */
export interface PoolMemory {
  readonly rates: SharedArrayBuffer;
}

/** Memory for one pool. */
export function createPoolMemory(): PoolMemory {
  return { rates: RateTable.memory() };
}

/** The schedules of the pool that this thread belongs to; its own where it belongs to none. */
export const poolRates = new RateTable(ratesOf(workerData) ?? RateTable.memory());

function ratesOf(data: unknown): SharedArrayBuffer | undefined {
  const rates = typeof data === 'object' && data !== null && 'rates' in data ? data.rates : undefined;
  return rates instanceof SharedArrayBuffer ? rates : undefined;
}
