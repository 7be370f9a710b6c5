import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from './random.ts';

const BLOCK = 64 * 1024;
const CHUNK = 4 * 1024 * 1024;
const zero = Buffer.alloc(CHUNK);

/** What a volume must hold: blocks by number, each filled with one byte value; all else is zero. */
export type Content = ReadonlyMap<number, number>;

/** The file of a volume or snapshot of the file store. */
export function fileOf(directory: string, kind: 'volume' | 'snapshot', id: string): string {
  return join(directory, 'volumes', `${kind}s`, `${kind}-${id}`);
}

/** Writes some blocks to a volume's file, as its user would. @returns what it holds now. */
export async function scribble(path: string, before: Content, random: Random): Promise<Content> {
  const after = new Map(before);
  const file = await open(path, 'r+');
  try {
    const blocks = (await file.stat()).size / BLOCK;
    for (let count = 1 + random.below(24); count > 0; count -= 1) {
      const number = random.below(blocks);
      const value = 1 + random.below(255);
      await file.write(Buffer.alloc(BLOCK, value), 0, BLOCK, number * BLOCK);
      after.set(number, value);
    }
  } finally {
    await file.close();
  }
  return after;
}

/** Every byte of a file that is not what it must be, as one sentence; null when all are right. */
export async function difference(path: string, expected: Content, size: number): Promise<string | null> {
  const file = await open(path, 'r');
  try {
    const { size: found, blocks } = await file.stat();
    if (found !== size) return `${path} has ${found} bytes, not ${size}`;
    const buffer = Buffer.alloc(CHUNK);
    // Where no more is allocated than was written, and what the filesystem notes of it, there is nothing else to find.
    const isSparse = blocks * 512 <= expected.size * BLOCK + BLOCK / 2;
    for (let at = 0; at < size; at += CHUNK) {
      const first = at / BLOCK;
      const numbers = Array.from({ length: CHUNK / BLOCK }, (_, index) => first + index);
      const isBlank = numbers.every((number) => !expected.has(number));
      if (isBlank && isSparse) continue;
      await file.read(buffer, 0, CHUNK, at);
      if (isBlank && buffer.equals(zero)) continue;
      for (const [index, number] of numbers.entries()) {
        const block = buffer.subarray(index * BLOCK, (index + 1) * BLOCK);
        const value = expected.get(number) ?? 0;
        if (block.equals(Buffer.alloc(BLOCK, value))) continue;
        return `${path}: block ${number} must be all ${value}, but begins with ${block[0]}`;
      }
    }
    return null;
  } finally {
    await file.close();
  }
}
