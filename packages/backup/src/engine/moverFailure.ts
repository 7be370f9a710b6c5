import { DataMoverError } from '@scoria/data-mover';
import { BackupError } from '../errors.ts';

/**
 * What a failed task of the pool means for a backup.
 *
 * @param packSide which side of the task was the pack
 */
export function moverFailure(error: unknown, packSide: 'source' | 'destination', doing: string): unknown {
  if (!(error instanceof DataMoverError)) return error;
  const { code, side } = error;
  if (code === 'CANCELLED') return new BackupError('CANCELLED', `${doing} was cancelled`, { cause: error });
  if (side === packSide) {
    if (code === 'NO_SPACE')
      return new BackupError('REPOSITORY_FULL', `${doing}: no space for ${error.path}`, { cause: error });
    return new BackupError('REPOSITORY_UNAVAILABLE', `${doing}: ${error.message}`, { cause: error });
  }
  if (code === 'DESTINATION_TOO_SMALL')
    return new BackupError('DESTINATION_TOO_SMALL', `${doing}: ${error.message}`, { cause: error });
  return new BackupError('DEVICE_FAILED', `${doing}: ${error.message}`, { cause: error });
}

/** @throws BackupError CANCELLED */
export function throwIfAborted(signal: AbortSignal | undefined, doing: string): void {
  if (signal?.aborted === true)
    throw new BackupError('CANCELLED', `${doing} was cancelled`, { cause: signal.reason });
}
