import { type FileHandle, open } from 'node:fs/promises';

/** Bytes that are compared at once: the grain of what is named. */
const BLOCK = 64 * 1024;
/** Most extents of a page. */
const PAGE_EXTENTS = 4096;
/** Most bytes that a page looks at, so that an answer does not take long. */
const PAGE_BYTES = 256 * 1024 * 1024;

/** A page of differences. */
export interface ChangedPage {
  readonly extents: readonly { readonly offset: number; readonly length: number }[];
  /** Where the next page begins; null after the last. */
  readonly next: number | null;
}

/** What differs between two files from `from` on, up to the end of the shorter one, in whole blocks. */
export async function changedExtents(base: string, current: string, from: number): Promise<ChangedPage> {
  await using older = await open(base, 'r');
  await using newer = await open(current, 'r');
  const size = Math.min((await older.stat()).size, (await newer.stat()).size);
  const until = Math.min(size, from + PAGE_BYTES);
  const [one, other] = [Buffer.alloc(BLOCK), Buffer.alloc(BLOCK)];
  const extents: { offset: number; length: number }[] = [];
  let position = from;
  while (position < until && extents.length < PAGE_EXTENTS) {
    const length = Math.min(BLOCK, size - position);
    const same = (await filled(older, one, position, length)).equals(
      await filled(newer, other, position, length),
    );
    const last = extents.at(-1);
    if (!same && last !== undefined && last.offset + last.length === position) last.length += length;
    else if (!same) extents.push({ offset: position, length });
    position += length;
  }
  return { extents, next: position < size ? position : null };
}

async function filled(file: FileHandle, buffer: Buffer, position: number, length: number): Promise<Buffer> {
  const part = buffer.subarray(0, length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(part, done, length - done, position + done);
    if (bytesRead === 0) throw new Error(`the file became shorter than ${position + length} bytes`);
    done += bytesRead;
  }
  return part;
}
