import { read } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const readSome = promisify(read);
const WAIT_MS = 5;

/**
 * Takes the first bytes out of a pipe, fewer where it ends. Waits for them without blocking this process; whoever cancels ends the
 * pipe's writer, which ends the waiting.
 */
export async function readHead(fd: number, length: number): Promise<Buffer> {
  const head = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const bytes = await readOrWait(fd, head.subarray(done));
    if (bytes === 0) break;
    done += bytes ?? 0;
  }
  return head.subarray(0, done);
}

/** @returns undefined when a pipe that does not block had nothing yet */
async function readOrWait(fd: number, into: Buffer): Promise<number | undefined> {
  try {
    const { bytesRead } = await readSome(fd, into, 0, into.length, null);
    return bytesRead;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    await delay(WAIT_MS);
    return undefined;
  }
}
