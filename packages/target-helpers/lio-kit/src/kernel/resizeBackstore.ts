import { ContractError } from '@scoria/driver-sdk';
import type { Configfs } from '../configfs/configfs.ts';
import { type Backstore, readBackstore } from './backstore.ts';
import { blockSize, type Device } from './device.ts';

/**
 * Makes a backstore show the size of what is behind it, under live sessions: LIO answers every READ CAPACITY from it. A file's size is told to it;
 * a device's it looks up itself.
 *
 * @returns the size read back, in bytes
 * @throws LioError; ContractError BACKEND_ERROR when the size does not show
 */
export async function resizeBackstore(fs: Configfs, backstore: Backstore, device: Device): Promise<number> {
  const { path, kind } = backstore;
  if (kind === 'fileio') await fs.write(`${path}/control`, `fd_dev_size=${device.size}`);
  const after = await readBackstore(fs, path);
  const size =
    after?.kind === 'iblock' && after.number !== null ? await blockSize(after.number) : (after?.size ?? null);
  if (size !== device.size) {
    throw new ContractError('BACKEND_ERROR', `${path} shows ${size ?? 'no'} bytes instead of ${device.size}`);
  }
  return size;
}
