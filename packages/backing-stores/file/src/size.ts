import { ContractError, GIB, type StoredObject } from '@scoria/driver-sdk';

/** LUNs consist of blocks of at least this many bytes: anything else would lose its end at the initiator. */
export const BLOCK = 512;

/** @throws ContractError SIZE_UNSUPPORTED: zero, not whole blocks, or above the limit */
export function checkSize({ name, size }: StoredObject, maxGib: number | undefined): void {
  const problem = problemOf(size, maxGib);
  if (problem === undefined) return;
  throw new ContractError('SIZE_UNSUPPORTED', `${name}: ${size} bytes ${problem}`, { details: { size } });
}

function problemOf(size: number, maxGib: number | undefined): string | undefined {
  if (!Number.isSafeInteger(size) || size < BLOCK) return `is less than one block of ${BLOCK}`;
  if (size % BLOCK !== 0) return `is not a multiple of ${BLOCK}`;
  if (maxGib !== undefined && size > maxGib * GIB)
    return `is more than file_store_max_volume_size (${maxGib} GiB)`;
  return undefined;
}
