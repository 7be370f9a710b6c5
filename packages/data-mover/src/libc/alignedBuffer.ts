import koffi from 'koffi';

/** Enough for every logical block and page that O_DIRECT is particular about (open(2), O_DIRECT). */
export const DIRECT_ALIGNMENT = 4096;

/** A buffer whose address is a multiple of 4096. */
export function alignedBuffer(bytes: number): Buffer {
  // Memory of its own, that stays where it is: not from the pool that small buffers share.
  const memory = Buffer.allocUnsafeSlow(bytes + DIRECT_ALIGNMENT);
  const past = Number(koffi.address(memory) % BigInt(DIRECT_ALIGNMENT));
  const start = past === 0 ? 0 : DIRECT_ALIGNMENT - past;
  return memory.subarray(start, start + bytes);
}
