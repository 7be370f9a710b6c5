import { ContractError, KeyedMutex, type PluginContext } from '@scoria/driver-sdk';
import { CommandError, run } from '@scoria/host-exec';
import type { Ground } from './ground.ts';
import { poolName } from './lvm/arguments.ts';
import type { LvmStoreOptions } from './options.ts';
import type { LvFacts } from './report/facts.ts';
import { type GroupFacts, readGroup } from './report/readGroup.ts';
import { VolumesReader } from './report/readVolumes.ts';
import { makePool, requirePool, requireZeroing } from './thinPool.ts';

/**
 * Finds the group, decides what new volumes are, and makes the thin pool where it is needed and absent. Repeating it changes nothing.
 *
 * @throws ContractError INVALID_CONFIGURATION naming the option, BACKEND_UNAVAILABLE; CommandError
 */
export async function setUp(options: LvmStoreOptions, { backend, log }: PluginContext): Promise<Ground> {
  const group = await readGroup(options.volume_group);
  const reader = new VolumesReader(group.name);
  const pool = poolName(options);
  const all = await reader.read();
  const type = chooseType(options.lvm_type, pool, group, all, await canThin());
  if (type === 'thin') {
    if (!all.some(({ name }) => name === pool)) {
      await makePool(group.name, pool, () => reader.read());
      log.info({ group: group.name, pool }, 'made the thin pool');
    }
    requirePool({ group, pool }, await reader.read());
    await requireZeroing(group.name, pool);
  }
  log.info({ group: group.name, type, ...(type === 'thin' && { pool }) }, 'new volumes are');
  // Backend names have no other characters than tags may have.
  return { options, group, owner: options.lvm_owner ?? backend, type, pool, reader, mutex: new KeyedMutex() };
}

/**
 * What new volumes are. `auto`: thin where the pool is there already, or nothing else is in the group and the host can; else thick.
 *
 * @throws ContractError INVALID_CONFIGURATION when thin is asked for and cannot be had
 */
export function chooseType(
  wanted: LvmStoreOptions['lvm_type'],
  pool: string,
  group: Pick<GroupFacts, 'name'>,
  all: readonly LvFacts[],
  canBeThin: boolean,
): Ground['type'] {
  if (wanted === 'default') return 'thick';
  const named = all.find(({ name }) => name === pool);
  if (wanted === 'auto')
    return named?.type === 'thin-pool' || (all.length === 0 && canBeThin) ? 'thin' : 'thick';
  if (named !== undefined && named.type !== 'thin-pool') {
    throw new ContractError(
      'INVALID_CONFIGURATION',
      `lvm_thin_pool: ${group.name}/${pool} exists and is no thin pool`,
      { details: { option: 'lvm_thin_pool' } },
    );
  }
  if (canBeThin) return 'thin';
  throw new ContractError(
    'INVALID_CONFIGURATION',
    'lvm_type: thin volumes need thin_check of the package thin-provisioning-tools',
    { details: { option: 'lvm_type' } },
  );
}

/** LVM checks a pool's metadata with it before it activates the pool. */
async function canThin(): Promise<boolean> {
  try {
    await run('thin_check', ['--version'], { deadlineMs: 10_000 });
    return true;
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
}
