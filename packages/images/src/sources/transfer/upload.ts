import { createHash } from 'node:crypto';
import { read } from 'node:fs';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { ImageError } from '../../errors.ts';
import { openExchange, shownUrl } from './exchange.ts';
import { failedExchange, failedStatus } from './httpFailure.ts';
import { readBody, wordsOfPage } from './readBody.ts';
import { type TransferRequest, uploadHashes } from './request.ts';

const readFd = promisify(read);
const CHUNK = 256 * 1024;
/** A server that does not know `Expect` says nothing; then the bytes are sent unasked (RFC 9110 §10.1.1). */
const CONTINUE_MS = 1_000;

/** What was sent. */
export interface Sent {
  readonly bytes: number;
  /** Lower-case hexadecimal, one per {@link uploadHashes}. */
  readonly digests: Record<(typeof uploadHashes)[number], string>;
}

/**
 * Sends what a descriptor gives as the body of a PUT. Not repeated: a pipe gives its bytes once.
 *
 * @param onStarted called once the server takes bytes
 * @throws ImageError
 */
export async function upload(request: TransferRequest, fd: number, onStarted: () => void): Promise<Sent> {
  const { url, rules, sizeBytes } = request;
  const length: Record<string, string> = sizeBytes === null ? {} : { 'content-length': String(sizeBytes) };
  const headers = { ...request.headers, ...length, expect: '100-continue' };
  const open = openExchange({ method: 'PUT', url, headers, rules }, null);
  const answer = open.response.then((response) => ({ response }));
  answer.catch(() => undefined);
  const early = await Promise.race([answer, agreed(open.request, rules.silenceMs)]);
  if (early !== undefined) throw await refused(request, early.response);
  onStarted();
  const hashes = uploadHashes.map((algorithm) => [algorithm, createHash(algorithm)] as const);
  let bytes = 0;
  for (;;) {
    const buffer = Buffer.allocUnsafe(CHUNK);
    const { bytesRead } = await readFd(fd, buffer, 0, CHUNK, null);
    if (bytesRead === 0) break;
    const chunk = buffer.subarray(0, bytesRead);
    bytes += bytesRead;
    if (bytes > (sizeBytes ?? request.mostBytes)) {
      open.request.destroy();
      throw new ImageError('IMAGE_TOO_LARGE', `more than ${sizeBytes ?? request.mostBytes} bytes to upload`);
    }
    for (const [, hash] of hashes) hash.update(chunk);
    if (open.request.write(chunk)) continue;
    const answered = await Promise.race([answer, drained(open.request, rules.silenceMs)]);
    if (answered !== undefined) throw await refused(request, answered.response);
  }
  if (sizeBytes !== null && bytes !== sizeBytes) {
    open.request.destroy();
    throw new ImageError('CHECKSUM_MISMATCH', `${bytes} bytes to upload, not ${sizeBytes}`);
  }
  open.request.end();
  const response = await withinSilence(open.request, rules.silenceMs, open.response);
  const status = response.statusCode ?? 0;
  if (status < 200 || status > 299) throw await refused(request, response);
  response.destroy();
  const digests = Object.fromEntries(hashes.map(([algorithm, hash]) => [algorithm, hash.digest('hex')]));
  return { bytes, digests: digests as Sent['digests'] };
}

async function agreed(request: ClientRequest, silenceMs: number): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<void>();
  request.once('continue', resolve);
  const waiting = { timer: undefined as NodeJS.Timeout | undefined };
  request.once('socket', (socket) => {
    const wait = (): void => {
      waiting.timer = setTimeout(resolve, CONTINUE_MS);
    };
    if (socket.connecting) socket.once('connect', wait);
    else wait();
  });
  request.flushHeaders();
  await withinSilence(request, silenceMs, promise).finally(() => clearTimeout(waiting.timer));
}

async function drained(request: ClientRequest, silenceMs: number): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<void>();
  request.once('drain', resolve);
  await withinSilence(request, silenceMs, promise);
}

/** Breaks the exchange when what is waited for does not come. */
async function withinSilence<T>(request: ClientRequest, silenceMs: number, wait: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new Error(`took nothing for ${silenceMs} ms`);
    request.destroy(error);
    reject(failedExchange(`${request.protocol}//${request.host}`, error));
  }, silenceMs);
  return await Promise.race([wait, promise]).finally(() => clearTimeout(timer));
}

async function refused(request: TransferRequest, response: IncomingMessage): Promise<ImageError> {
  const limits = { most: 64 * 1024, silenceMs: request.rules.silenceMs };
  const page = await readBody(response, request.url, limits).catch(() => '');
  return failedStatus(shownUrl(request.url), response.statusCode ?? 0, wordsOfPage(page));
}
