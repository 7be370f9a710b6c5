import { ContractError, z } from '@scoria/driver-sdk';
import { ProcessExecutionError } from '@scoria/host-exec';
import { thinPool } from './lvm/arguments.ts';
import { lvm } from './lvm/lvm.ts';
import { POOL } from './lvm/tags.ts';
import type { LvFacts } from './report/facts.ts';
import { parseReport } from './report/parse.ts';
import { reportOf } from './report/schema.ts';

const zeroSchema = reportOf('lv', z.object({ zero: z.string() }));

/** The pool of the store among the volumes of its group. @throws ContractError BACKEND_UNAVAILABLE when it is gone */
export function requirePool(
  { group, pool }: { readonly group: { readonly name: string }; readonly pool: string },
  all: readonly LvFacts[],
): LvFacts {
  const found = all.find(({ name }) => name === pool);
  if (found?.type === 'thin-pool') return found;
  throw new ContractError(
    'BACKEND_UNAVAILABLE',
    found === undefined
      ? `the thin pool ${group.name}/${pool} is gone`
      : `${group.name}/${pool} is no thin pool, but ${found.type}`,
  );
}

/** Makes the pool of what is free in the group. One that another process has made meanwhile is as good. @throws CommandError */
export async function makePool(group: string, pool: string, read: () => Promise<LvFacts[]>): Promise<void> {
  try {
    await lvm('lvcreate', thinPool(group, pool, POOL));
  } catch (error) {
    if (!(error instanceof ProcessExecutionError)) throw error;
    if (!(await read()).some(({ name, type }) => name === pool && type === 'thin-pool')) throw error;
  }
}

/**
 * A pool that does not zero its blocks shows a volume what another one wrote there (lvmthin(7), "zeroing").
 *
 * @throws ContractError INVALID_CONFIGURATION
 */
export async function requireZeroing(group: string, pool: string): Promise<void> {
  const name = `${group}/${pool}`;
  const form = ['--reportformat', 'json', '--binary', '--options', 'zero'];
  const rows = parseReport('lvs', await lvm('lvs', [...form, name]), zeroSchema);
  if (rows.length > 0 && rows.every(({ zero }) => zero === '1')) return;
  throw new ContractError(
    'INVALID_CONFIGURATION',
    `lvm_thin_pool: ${name} does not zero its blocks before a volume gets them, so that volumes would show each other's bytes: lvchange --zero y ${name}`,
    { details: { option: 'lvm_thin_pool' } },
  );
}
