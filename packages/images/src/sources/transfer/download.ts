import { createHash, type Hash } from 'node:crypto';
import { write } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ImageError } from '../../errors.ts';
import { get, shownUrl } from './exchange.ts';
import { failedStatus } from './httpFailure.ts';
import { bodyChunks, readBody, wordsOfPage } from './readBody.ts';
import type { TransferRequest } from './request.ts';

const writeFd = promisify(write);

/** However much progress each makes. */
const MOST_ATTEMPTS = 50;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;

/** Where a download is. */
interface State {
  readonly fd: number;
  readonly hash: Hash | null;
  /** Bytes that went into the pipe. */
  done: number;
  /** Bytes of the whole, once anybody said so. */
  size: number | null;
  etag: string | null;
}

/**
 * Fetches a URL into a pipe. A connection that breaks is taken up again where it broke, if there is a checksum to decide in the end
 * whether that went well: by Range where the server can, else by passing over what was there already.
 *
 * @param onStarted called once the server has agreed
 * @returns how many bytes went into the pipe
 * @throws ImageError
 */
export async function download(request: TransferRequest, fd: number, onStarted: () => void): Promise<number> {
  const { checksum, rules } = request;
  const hash = checksum === null ? null : createHash(checksum.algorithm);
  const state: State = { fd, hash, done: 0, size: request.sizeBytes, etag: null };
  let started = false;
  let idle = 0;
  for (let attempt = 1; ; attempt += 1) {
    const before = state.done;
    try {
      await fetchRest(request, state, () => {
        if (!started) onStarted();
        started = true;
      });
      break;
    } catch (error) {
      const again = error instanceof ImageError && error.code === 'SOURCE_UNAVAILABLE';
      if (!again || (state.done > 0 && hash === null)) throw error;
      idle = state.done > before ? 1 : idle + 1;
      if (idle >= rules.tries || attempt >= MOST_ATTEMPTS) throw error;
      await sleep(Math.min(FIRST_WAIT_MS * 2 ** (idle - 1), LONGEST_WAIT_MS));
    }
  }
  const hex = hash?.digest('hex');
  if (checksum !== null && hex !== checksum.hex)
    throw mismatch(request, `has the ${checksum.algorithm} ${hex}, not ${checksum.hex}`);
  return state.done;
}

async function fetchRest(request: TransferRequest, state: State, onStarted: () => void): Promise<void> {
  const { url, rules } = request;
  const range = state.done === 0 ? {} : { range: `bytes=${state.done}-` };
  const ifRange = state.done > 0 && state.etag !== null ? { 'if-range': state.etag } : {};
  const response = await get({ url, rules, headers: { ...request.headers, ...range, ...ifRange } });
  let skip = await checkAnswer(request, state, response);
  onStarted();
  for await (const chunk of bodyChunks(response, url, rules.silenceMs)) {
    const passed = Math.min(skip, chunk.length);
    skip -= passed;
    const fresh = chunk.subarray(passed);
    if (fresh.length === 0) continue;
    const after = state.done + fresh.length;
    if (after > (state.size ?? after)) throw mismatch(request, `has more than ${state.size} bytes`);
    if (after > request.mostBytes) throw tooLarge(request);
    state.hash?.update(fresh);
    await writeAll(state.fd, fresh);
    state.done = after;
  }
  if (state.size === null || state.done === state.size) return;
  throw new ImageError(
    'SOURCE_UNAVAILABLE',
    `${shownUrl(url)} ended after ${state.done} of ${state.size} bytes`,
  );
}

/** @returns how many bytes of the answer are known already */
async function checkAnswer(
  request: TransferRequest,
  state: State,
  response: IncomingMessage,
): Promise<number> {
  const status = response.statusCode ?? 0;
  if (status === 204) {
    response.destroy();
    throw new ImageError('IMAGE_NOT_ACTIVE', `${shownUrl(request.url)} has no bytes`);
  }
  if (status !== 200 && !(status === 206 && state.done > 0)) {
    const limits = { most: 64 * 1024, silenceMs: request.rules.silenceMs };
    const page = await readBody(response, request.url, limits).catch(() => '');
    throw failedStatus(shownUrl(request.url), status, wordsOfPage(page));
  }
  const encoding = response.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    response.destroy();
    throw new ImageError('SOURCE_REFUSED', `${shownUrl(request.url)} sends ${encoding}, unasked`);
  }
  const whole = wholeSize(request, state, response, status);
  if (whole !== null && whole > request.mostBytes) {
    response.destroy();
    throw tooLarge(request);
  }
  if (state.size !== null && whole !== null && whole !== state.size) {
    response.destroy();
    throw mismatch(request, `has ${whole} bytes, not ${state.size}`);
  }
  state.size ??= whole;
  const { etag } = response.headers;
  // Only a strong one says that bytes are equal (RFC 9110 §13.1.5).
  state.etag = etag !== undefined && !etag.startsWith('W/') ? etag : null;
  return status === 206 ? 0 : state.done;
}

/** Bytes of the whole as this answer has it; null when it does not say. */
function wholeSize(
  request: TransferRequest,
  state: State,
  response: IncomingMessage,
  status: number,
): number | null {
  if (status === 200) {
    const length = response.headers['content-length'];
    return length === undefined ? null : Number(length);
  }
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(response.headers['content-range'] ?? '');
  if (range === null || Number(range[1]) !== state.done) {
    response.destroy();
    throw new ImageError('SOURCE_UNAVAILABLE', `${shownUrl(request.url)} answers with another range`);
  }
  return range[3] === '*' ? null : Number(range[3]);
}

async function writeAll(fd: number, bytes: Buffer): Promise<void> {
  try {
    for (let written = 0; written < bytes.length; ) {
      written += (await writeFd(fd, bytes, written, bytes.length - written)).bytesWritten;
    }
  } catch (error) {
    // The reader went away.
    throw new ImageError('CANCELLED', 'nobody reads the bytes any more', { cause: error });
  }
}

function mismatch(request: TransferRequest, what: string): ImageError {
  return new ImageError('CHECKSUM_MISMATCH', `${shownUrl(request.url)} ${what}`);
}

function tooLarge(request: TransferRequest): ImageError {
  return new ImageError(
    'IMAGE_TOO_LARGE',
    `${shownUrl(request.url)} has more than the ${request.mostBytes} bytes that are allowed`,
  );
}
