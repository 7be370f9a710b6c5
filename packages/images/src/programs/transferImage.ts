/**
 * Moves the bytes of one image between a server and a descriptor, as a process of its own, so that they do not pass through the
 * service's event loop and what a hostile server sends meets no privileges. Asked by one JSON line on stdin; ends when stdin does.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { ImageError } from '../errors.ts';
import { download } from '../sources/transfer/download.ts';
import { imageErrorCodes } from '../sources/transfer/errorCodes.ts';
import { becomeNobody } from '../sources/transfer/privileges.ts';
import type { TransferReport } from '../sources/transfer/report.ts';
import { type TransferRequest, transferFds } from '../sources/transfer/request.ts';
import { upload } from '../sources/transfer/upload.ts';

const lines = createInterface({ input: process.stdin });
// A blocked write in libuv's pool would keep exit() waiting, so the end is not a polite one.
lines.once('close', () => process.kill(process.pid, 'SIGKILL'));
const line = await new Promise<string>((resolve) => lines.once('line', resolve));
report(await transfer(line));
process.kill(process.pid, 'SIGKILL');

async function transfer(text: string): Promise<TransferReport> {
  try {
    // Its parent wrote this, of the same type. No zod here: the program would take twice as long to start.
    const request: TransferRequest = JSON.parse(text);
    if (request.become !== null) becomeNobody(request.become);
    const onStarted = (): void => report({ event: 'started' });
    if (request.direction === 'upload')
      return { event: 'done', ...(await upload(request, transferFds.data, onStarted)) };
    return { event: 'done', bytes: await download(request, transferFds.data, onStarted), digests: {} };
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): TransferReport {
  const known = error instanceof ImageError ? imageErrorCodes.find((code) => code === error.code) : undefined;
  // What is not expected is named, and nothing of it shown: it may hold a header.
  const message = error instanceof ImageError ? error.message : 'the transfer failed in an unexpected way';
  return { event: 'failed', code: known ?? 'SOURCE_UNAVAILABLE', message };
}

function report(value: TransferReport): void {
  writeSync(transferFds.reports, `${JSON.stringify(value)}\n`);
}
