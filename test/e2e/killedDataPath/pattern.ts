import { createCipheriv, createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { Random } from '../chaos/random.ts';
import { dataExtents } from './dataExtents.ts';

const MIB = 2 ** 20;
const POOL = 64 * MIB;
const zero = Buffer.alloc(4 * MIB);

/** Bytes that were written to a volume, in the order of writing: what was written later counts. All else is zero. */
export type Pattern = readonly { readonly offset: number; readonly bytes: Buffer }[];

/** Makes patterns of incompressible bytes, at places and of lengths that are multiples of nothing. */
export class PatternSource {
  readonly #random: Random;
  readonly #pool: Buffer;

  constructor(seed: number, random: Random) {
    this.#random = random;
    const key = createHash('sha256').update(String(seed)).digest();
    this.#pool = createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(POOL));
  }

  /** `count` pieces between `from` and `to`, `total` bytes together. */
  pieces(count: number, total: number, from: number, to: number): Pattern {
    const length = Math.floor(total / count);
    return Array.from({ length: count }, () => ({
      offset: from + this.#random.below(to - from - length),
      bytes: this.bytes(length),
    }));
  }

  /** So many bytes, others than before. */
  bytes(length: number): Buffer {
    const start = this.#random.below(POOL - length);
    return this.#pool.subarray(start, start + length);
  }
}

/** Writes a pattern over what a file holds, as the user of the volume would; it stays the same file of the same size. */
export async function write(path: string, pattern: Pattern): Promise<void> {
  const file = await open(path, 'r+');
  try {
    for (const { offset, bytes } of pattern) {
      for (let done = 0; done < bytes.length; )
        done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Takes all out of a file, then writes a pattern: nothing else is in it. */
export async function rewrite(path: string, pattern: Pattern): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { size } = await file.stat();
    await file.truncate(0);
    await file.truncate(size);
  } finally {
    await file.close();
  }
  await write(path, pattern);
}

/**
 * The first byte of a file that is not what it must be, as a sentence; null when all are right. What the filesystem says is unwritten is not
 * read: it is zero.
 */
export async function difference(path: string, pattern: Pattern, size: number): Promise<string | null> {
  const file = await open(path, 'r');
  try {
    const found = (await file.stat()).size;
    const written = await dataExtents(path);
    if (found !== size) return `${path} has ${found} bytes, not ${size}`;
    const buffer = Buffer.alloc(zero.length);
    for (let at = 0; at < size; at += buffer.length) {
      const length = Math.min(buffer.length, size - at);
      const inside = pattern.filter(
        ({ offset, bytes }) => offset < at + length && offset + bytes.length > at,
      );
      const isBlank = written?.every(({ start, end }) => end <= at || start >= at + length) === true;
      if (isBlank && inside.length === 0) continue;
      const { bytesRead } = await file.read(buffer, 0, length, at);
      if (bytesRead !== length) return `${path}: ${bytesRead} of ${length} bytes could be read at ${at}`;
      const expected = expectedAt(inside, at, length);
      const actual = buffer.subarray(0, length);
      if (actual.equals(expected)) continue;
      const wrong = actual.findIndex((value, index) => value !== expected[index]);
      return `${path}: byte ${at + wrong} is ${actual[wrong]}, not ${expected[wrong]}`;
    }
    return null;
  } finally {
    await file.close();
  }
}

function expectedAt(inside: Pattern, at: number, length: number): Buffer {
  if (inside.length === 0) return zero.subarray(0, length);
  const expected = Buffer.alloc(length);
  for (const { offset, bytes } of inside) {
    const from = Math.max(0, at - offset);
    bytes.copy(expected, Math.max(0, offset - at), from, Math.min(bytes.length, at + length - offset));
  }
  return expected;
}
