import { randomBytes } from 'node:crypto';
import { constants, open } from 'node:fs/promises';
import { run } from '@scoria/host-exec';

/** Writes random bytes and waits until the device has them. @returns what was written */
export async function writeRandom(path: string, offset: number, length: number): Promise<Buffer> {
  const bytes = randomBytes(length);
  await writeBytes(path, offset, bytes);
  return bytes;
}

/** Writes, and waits until the device has it. */
export async function writeBytes(path: string, offset: number, bytes: Buffer): Promise<void> {
  await using file = await open(path, constants.O_WRONLY | constants.O_DSYNC);
  for (let at = 0; at < bytes.length; ) {
    at += (await file.write(bytes, at, bytes.length - at, offset + at)).bytesWritten;
  }
}

/** Reads a file, or a device anew: nothing that this host has kept of it counts. */
export async function readBytes(path: string, offset: number, length: number): Promise<Buffer> {
  if (path.startsWith('/dev/')) await run('blockdev', ['--flushbufs', path]);
  await using file = await open(path, 'r');
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, length - at, offset + at);
    if (bytesRead === 0) throw new Error(`${path} ends after ${offset + at} bytes`);
    at += bytesRead;
  }
  return bytes;
}
