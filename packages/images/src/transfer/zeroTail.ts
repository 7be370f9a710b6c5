import type { DataMover } from '@scoria/data-mover';
import type { VolumeEndpoint } from '../model.ts';

/** Makes everything behind the disk of an image zero: whoever had the space before wrote there. */
export async function zeroTail(
  mover: DataMover,
  { path, identity, sizeBytes, isZero }: VolumeEndpoint,
  from: number,
  signal: AbortSignal,
): Promise<void> {
  if (isZero || from >= sizeBytes) return;
  await mover.wipe(
    { target: { path, identity, offset: from }, length: sizeBytes - from, method: 'zero' },
    { signal },
  );
}
