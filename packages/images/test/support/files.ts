import { execFileSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { VolumeEndpoint } from '../../src/index.ts';

/** A directory that is gone after the test. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'images-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Bytes that do not repeat and are the same for the same seed. */
export function noise(length: number, seed = 1): Buffer {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let index = 0; index < words.length; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return Buffer.from(words.buffer).subarray(0, length);
}

/** Data of a sparse disk. */
export interface Piece {
  readonly offset: number;
  readonly data: Uint8Array;
}

/** Writes a sparse file. @returns its path */
export function sparseFile(path: string, sizeBytes: number, pieces: readonly Piece[]): string {
  const fd = openSync(path, 'w');
  try {
    ftruncateSync(fd, sizeBytes);
    for (const { offset, data } of pieces) writeSync(fd, data, 0, data.length, offset);
  } finally {
    closeSync(fd);
  }
  return path;
}

/** What such a file reads as. */
export function model(sizeBytes: number, pieces: readonly Piece[]): Buffer {
  const bytes = Buffer.alloc(sizeBytes);
  for (const { offset, data } of pieces) bytes.set(data, offset);
  return bytes;
}

/** Runs qemu-img as the tests' own tool: it makes images and judges ours. */
export function qemuImg(...args: string[]): string {
  return execFileSync('qemu-img', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** A volume in a file: zero and said to be so, or full of somebody else's bytes. */
export function volume(path: string, sizeBytes: number, content: 'zero' | 'stale'): VolumeEndpoint {
  if (content === 'zero') sparseFile(path, sizeBytes, []);
  else writeFileSync(path, Buffer.alloc(sizeBytes, 'stale bytes of another project; '));
  return endpointOf(path, content === 'zero');
}

/** A file as an endpoint. */
export function endpointOf(path: string, isZero: boolean): VolumeEndpoint {
  const { dev, ino, size } = statSync(path, { bigint: true });
  return {
    path,
    identity: { type: 'inode', dev: String(dev), ino: String(ino) },
    sizeBytes: Number(size),
    isZero,
  };
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
