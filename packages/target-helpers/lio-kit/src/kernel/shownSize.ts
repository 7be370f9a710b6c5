import type { Backstore } from './backstore.ts';
import { blockSize } from './device.ts';

/** Bytes that a backstore shows; 0 when its device is gone. */
export async function shownSize({ number, size }: Backstore): Promise<number> {
  return number === null ? (size ?? 0) : blockSize(number).catch(() => 0);
}
