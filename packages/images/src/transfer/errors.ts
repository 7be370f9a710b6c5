import { DataMoverError } from '@scoria/data-mover';
import { ImageError } from '../errors.ts';

/**
 * The pool's errors as this package's, where it has one for them. What is about the volume itself (not the right one, too small, full,
 * failing) stays as it is.
 */
export function asImageError(error: unknown): unknown {
  if (!(error instanceof DataMoverError)) return error;
  if (error.code === 'CANCELLED') return new ImageError('CANCELLED', 'cancelled', { cause: error });
  if (error.code === 'STREAM_BROKEN')
    return new ImageError('CONVERSION_FAILED', error.message, { cause: error });
  if (error.side === 'source') return new ImageError('CONVERSION_FAILED', error.message, { cause: error });
  return error;
}

/** @throws ImageError CANCELLED */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new ImageError('CANCELLED', 'cancelled', { cause: signal.reason });
}

/** @throws ImageError CHECKSUM_MISMATCH unless the bytes are those that the source describes */
export function verifyDigest(
  expected: { readonly algorithm: string; readonly hex: string } | null,
  actual: string | null,
): void {
  if (expected === null || expected.hex.toLowerCase() === actual) return;
  throw new ImageError(
    'CHECKSUM_MISMATCH',
    `the ${expected.algorithm} of the bytes is ${actual ?? 'not known'}, not ${expected.hex}`,
  );
}
