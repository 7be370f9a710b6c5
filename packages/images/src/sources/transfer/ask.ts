import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImageError } from '../../errors.ts';
import { type Exchange, get, openExchange } from './exchange.ts';
import { failedStatus, neverSent } from './httpFailure.ts';
import { readBody, wordsOfPage } from './readBody.ts';

const MOST_BYTES = 4 * 1024 * 1024;
const FIRST_WAIT_MS = 200;

/** A small question, and what to send with it. */
export interface Question extends Exchange {
  readonly body?: string;
  /** What it is about, for messages. */
  readonly what: string;
  /** Answers that are no success but are asked for. */
  readonly expect?: readonly number[];
}

/** A small answer. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/**
 * Asks a server something small. A server that fails or does not answer is asked again, a bounded number of times; a POST only when
 * it certainly did not arrive.
 *
 * @throws ImageError IMAGE_NOT_FOUND, SOURCE_REFUSED, SOURCE_UNAVAILABLE, CANCELLED
 */
export async function ask(question: Question): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await askOnce(question);
    } catch (error) {
      const worthIt = error instanceof ImageError && error.code === 'SOURCE_UNAVAILABLE';
      const harmless = question.method !== 'POST' || neverSent(error);
      if (!worthIt || !harmless || attempt >= question.rules.tries) throw error;
      await wait(FIRST_WAIT_MS * 2 ** (attempt - 1), question.signal);
    }
  }
}

async function askOnce(question: Question): Promise<Answer> {
  const response = await send(question);
  const limits = { most: MOST_BYTES, silenceMs: question.rules.silenceMs };
  const body = await readBody(response, question.url, limits, question.signal);
  const status = response.statusCode ?? 0;
  if ((status >= 200 && status <= 299) || question.expect?.includes(status) === true) return { status, body };
  throw failedStatus(question.what, status, wordsOfPage(body));
}

async function send(question: Question): Promise<IncomingMessage> {
  if (question.method === 'GET') return await get(question);
  const { body } = question;
  const length = { 'content-length': String(Buffer.byteLength(body ?? '')) };
  const headers = { ...question.headers, ...length };
  const open = openExchange({ ...question, headers }, question.rules.silenceMs);
  open.request.end(body);
  return await open.response;
}

/** @throws ImageError CANCELLED */
export async function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw new ImageError('CANCELLED', 'cancelled', { cause: error });
  }
}
