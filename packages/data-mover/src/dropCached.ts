import { DIRECT_ALIGNMENT } from './libc/alignedBuffer.ts';
import { fadvise } from './libc/fadvise.ts';

/**
 * Takes a range out of the page cache, so that what is read next comes from the disk. Pages that are dirty or held by somebody stay: flush
 * before. The kernel leaves a page alone of which only a part is named, so whole ones are.
 *
 * @throws ErrnoError
 */
export function dropCached(fd: number, offset: number, length: number): void {
  const first = offset - (offset % DIRECT_ALIGNMENT);
  const end = Math.ceil((offset + length) / DIRECT_ALIGNMENT) * DIRECT_ALIGNMENT;
  if (end > first) fadvise(fd, first, end - first, 'dontneed');
}
