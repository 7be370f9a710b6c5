const buffers = new Map<string, Buffer>();

/**
 * Memory for one use in this thread, kept from task to task: a pool's memory is then the same however much it moves. A thread runs one task
 * at a time, and who asks for a use must not wait for anything while it needs the bytes.
 */
export function threadBuffer(use: string, bytes: number): Buffer {
  const known = buffers.get(use);
  if (known !== undefined && known.length >= bytes) return known.subarray(0, bytes);
  const buffer = Buffer.allocUnsafeSlow(bytes);
  buffers.set(use, buffer);
  return buffer;
}
