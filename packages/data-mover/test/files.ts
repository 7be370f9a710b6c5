import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import type { Identity } from '../src/index.ts';

/** Data of a sparse file. */
export interface Piece {
  readonly offset: number;
  readonly data: Uint8Array;
}

/** Writes a file of `size` bytes that has these pieces and holes between them. */
export function writeSparse(path: string, size: number, pieces: readonly Piece[]): void {
  const fd = openSync(path, 'w+');
  try {
    ftruncateSync(fd, size);
    for (const { offset, data } of pieces) {
      for (let written = 0; written < data.length; ) {
        written += writeSync(fd, data, written, data.length - written, offset + written);
      }
    }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** What such a file reads as. */
export function model(size: number, pieces: readonly Piece[]): Buffer {
  const bytes = Buffer.alloc(size);
  for (const { offset, data } of pieces) bytes.set(data, offset);
  return bytes;
}

/** `length` bytes that do not repeat and are the same for the same seed. */
export function noise(length: number, seed = 1): Buffer {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = (seed * 2654435761) >>> 0 || 1;
  for (let index = 0; index < words.length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return Buffer.from(words.buffer).subarray(0, length);
}

/** The identity a file shows. */
export function inodeOf(path: string): Identity {
  const { dev, ino } = statSync(path, { bigint: true });
  return { type: 'inode', dev: String(dev), ino: String(ino) };
}

/** Bytes that a file takes on its filesystem. */
export function allocated(path: string): number {
  return statSync(path).blocks * 512;
}

/** One side of a request, with the identity that the path has. */
export function side(path: string, offset = 0): { path: string; identity: Identity; offset: number } {
  return { path, identity: inodeOf(path), offset };
}

/** Whole content. */
export function content(path: string): Buffer {
  return readFileSync(path);
}

/** The error a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`expected a rejection, got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}
