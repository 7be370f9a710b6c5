import { fstatSync, readSync } from 'node:fs';

/** Bytes that are inspected. */
export interface ByteSource {
  /** Null for the first bytes of something whose end is not known. */
  readonly sizeBytes: number | null;
  /** Up to `length` bytes from `offset`; fewer where they end. */
  read(offset: number, length: number): Buffer;
}

/** An open regular file, read by position. */
export function fileBytes(fd: number): ByteSource {
  return {
    sizeBytes: fstatSync(fd).size,
    read: (offset, length) => {
      const buffer = Buffer.alloc(length);
      let done = 0;
      while (done < length) {
        const bytes = readSync(fd, buffer, done, length - done, offset + done);
        if (bytes === 0) break;
        done += bytes;
      }
      return buffer.subarray(0, done);
    },
  };
}

/** The first bytes of a stream. @param sizeBytes of the whole of it, where that is known */
export function headBytes(head: Uint8Array, sizeBytes: number | null): ByteSource {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  return { sizeBytes, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** How much of a stream {@link headBytes} needs, so that every detector can tell: the volume descriptor of ISO 9660 is the last. */
export const HEAD_BYTES = 64 * 1024;
