const zeros = Buffer.alloc(256 * 1024);

/** Whether all bytes are zero. */
export function isZero(block: Buffer): boolean {
  if (block.length > 0 && block[0] !== 0) return false;
  for (let at = 0; at < block.length; at += zeros.length) {
    const piece = block.subarray(at, at + zeros.length);
    if (!piece.equals(piece.length === zeros.length ? zeros : zeros.subarray(0, piece.length))) return false;
  }
  return true;
}
