import { isContractError } from '@scoria/core/contract';
import type { SnapshotRecord } from '../model/index.ts';

/**
 * Removes a snapshot from its backend. A driver or store that has no snapshots answers UNIMPLEMENTED; of one that it never
 * took there is nothing to remove, so that its record can go.
 */
export async function unlessNeverTaken(
  { progress }: Pick<SnapshotRecord, 'progress'>,
  remove: () => Promise<void>,
): Promise<void> {
  try {
    await remove();
  } catch (error) {
    if (!isContractError(error) || error.code !== 'UNIMPLEMENTED' || progress === 100) throw error;
  }
}
