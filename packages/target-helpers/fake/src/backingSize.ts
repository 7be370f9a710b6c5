import { stat } from 'node:fs/promises';
import { ContractError } from '@scoria/driver-sdk';

/** Size in bytes of the file behind a LUN; a block device counts as empty. @throws ContractError NOT_FOUND */
export async function backingSize(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (cause) {
    throw new ContractError('NOT_FOUND', `there is no backing file ${path}`, { cause, details: { path } });
  }
}
