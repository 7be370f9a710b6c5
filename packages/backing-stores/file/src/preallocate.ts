import { ContractError } from '@scoria/driver-sdk';
import { ProcessExecutionError, run } from '@scoria/host-exec';

/**
 * Gives a file all of its space, from `offset` on. fallocate(1): Node has no call for it. The file grows to the end of the range.
 *
 * @throws ContractError NO_SPACE, SIZE_UNSUPPORTED, INVALID_CONFIGURATION (the filesystem cannot)
 */
export async function preallocate(path: string, offset: number, length: number): Promise<void> {
  try {
    await run('fallocate', ['--offset', offset, '--length', length, path], {
      description: 'preallocating a volume',
    });
  } catch (error) {
    if (!(error instanceof ProcessExecutionError)) throw error;
    if (error.stderr.includes('No space left') || error.stderr.includes('quota exceeded')) {
      throw new ContractError('NO_SPACE', `${path}: no space for ${length} bytes`, { cause: error });
    }
    if (error.stderr.includes('File too large')) {
      throw new ContractError(
        'SIZE_UNSUPPORTED',
        `${path}: ${offset + length} bytes are too many for this filesystem`,
        { cause: error },
      );
    }
    if (error.stderr.includes('not supported')) {
      throw new ContractError(
        'INVALID_CONFIGURATION',
        'volumes_preallocation: this filesystem cannot preallocate; use none',
        {
          cause: error,
        },
      );
    }
    throw error;
  }
}
