import { type Bytes, bytes, ContractError, withSecondary } from '@scoria/driver-sdk';
import { toContractError } from './errors.ts';
import { type FileFacts, factsOf } from './fileFacts.ts';
import type { FileStoreOptions } from './options.ts';
import { preallocate } from './preallocate.ts';
import { withFile } from './staging.ts';

/**
 * Grows a file, open or not. The new part reads as zero. What fails leaves the old size.
 *
 * @returns the size read back
 * @throws ContractError SIZE_UNSUPPORTED (shrinking), NO_SPACE
 */
export async function growFile(
  file: FileFacts,
  newSize: Bytes,
  preallocation: FileStoreOptions['volumes_preallocation'],
): Promise<Bytes> {
  if (newSize < file.size) {
    throw new ContractError(
      'SIZE_UNSUPPORTED',
      `${file.path} has ${file.size} bytes; volumes never shrink to ${newSize}`,
      {
        details: { size: file.size },
      },
    );
  }
  if (newSize === file.size) return newSize;
  try {
    if (preallocation === 'full') await preallocate(file.path, file.size, newSize - file.size);
    await withFile(file.path, 'r+', async (handle) => {
      await handle.truncate(newSize);
      await handle.sync();
    });
  } catch (error) {
    await withFile(file.path, 'r+', (handle) => handle.truncate(file.size)).catch((second: unknown) => {
      throw withSecondary(toContractError(error, 'growing'), [second]);
    });
    throw error;
  }
  const grown = await factsOf(file.path);
  if (grown?.size === newSize) return bytes(grown.size);
  throw new ContractError(
    'BACKEND_ERROR',
    `${file.path} has ${grown?.size ?? 'no'} bytes after it was extended to ${newSize}`,
  );
}
