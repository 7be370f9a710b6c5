import { createCipheriv, createHash } from 'node:crypto';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';

const MIB = 2 ** 20;
const zeros = Buffer.alloc(MIB);

/** Bytes that nothing compresses, the same for the same seed. */
export function noise(seed: string): (bytes: number) => Buffer {
  const key = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16, 32));
  return (bytes) => cipher.update(bytes === MIB ? zeros : Buffer.alloc(bytes));
}

/** A new file of `bytes` that is all data. */
export async function writeDense(path: string, bytes: number, seed = path): Promise<void> {
  const next = noise(seed);
  await writing(path, bytes, async (file) => {
    for (let offset = 0; offset < bytes; offset += MIB)
      await file.write(next(Math.min(MIB, bytes - offset)), 0, undefined, offset);
  });
}

/** A new file of `bytes` with one MiB of data in every `every` MiB, and holes between. */
export async function writeSparse(path: string, bytes: number, every: number, seed = path): Promise<void> {
  const next = noise(seed);
  await writing(path, bytes, async (file) => {
    for (let offset = 0; offset < bytes; offset += every * MIB)
      await file.write(next(Math.min(MIB, bytes - offset)), 0, undefined, offset);
  });
}

/** A new file of `bytes` that begins with `data` bytes that nothing compresses; the rest was never written. */
export async function writeHead(path: string, bytes: number, data: number, seed = path): Promise<void> {
  const next = noise(seed);
  await writing(path, bytes, async (file) => {
    for (let offset = 0; offset < data; offset += MIB)
      await file.write(next(Math.min(MIB, data - offset)), 0, undefined, offset);
  });
}

/** A new file of `bytes` with what is in the files of a folder, each from a new 4 KiB block on, as in a file system. */
export async function writeFolder(path: string, bytes: number, folder: string): Promise<void> {
  await writing(path, bytes, async (file) => {
    let offset = 0;
    for await (const name of filesBelow(folder)) {
      if (offset >= bytes) return;
      await using source = await open(name, 'r');
      const buffer = Buffer.alloc(4 * MIB);
      for (;;) {
        const { bytesRead } = await source.read(buffer, 0, Math.min(buffer.length, bytes - offset));
        if (bytesRead === 0) break;
        await file.write(buffer, 0, bytesRead, offset);
        offset += bytesRead;
      }
      offset = Math.min(bytes, Math.ceil(offset / 4096) * 4096);
    }
  });
}

/** Overwrites one per cent of a file of data, in pieces of 64 KiB at places that depend on the seed. */
export async function changeOnePercent(path: string, bytes: number, seed: string): Promise<void> {
  const piece = 65_536;
  const next = noise(seed);
  const places = Math.floor(bytes / piece);
  await using file = await open(path, 'r+');
  for (let count = Math.max(1, Math.round(places / 100)); count > 0; count -= 1) {
    const place = next(4).readUInt32LE() % places;
    await file.write(next(piece), 0, piece, place * piece);
  }
  await file.sync();
}

/** A new file of `bytes` that was never written: what a new volume is. */
export async function writeFresh(path: string, bytes: number): Promise<void> {
  await writing(path, bytes, async () => undefined);
}

async function writing(
  path: string,
  bytes: number,
  write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  await using file = await open(path, 'w', 0o600);
  await file.truncate(bytes);
  await write(file);
  await file.sync();
}

async function* filesBelow(folder: string): AsyncIterable<string> {
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}
