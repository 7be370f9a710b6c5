import type { IncomingMessage } from 'node:http';
import { ImageError } from '../../errors.ts';
import { failedExchange } from './httpFailure.ts';

/** The bytes of an answer as they come; fails when none comes for `silenceMs`. The time the caller takes between two does not count. */
export async function* bodyChunks(
  response: IncomingMessage,
  url: string,
  silenceMs: number,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  const chunks: AsyncIterator<Buffer> = response[Symbol.asyncIterator]();
  try {
    for (;;) {
      const timer = setTimeout(
        () => response.destroy(new Error(`nothing came for ${silenceMs} ms`)),
        silenceMs,
      );
      const next = await chunks.next().finally(() => clearTimeout(timer));
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    throw failedExchange(url, error, signal);
  } finally {
    response.destroy();
  }
}

/** A small answer, whole. @throws ImageError SOURCE_UNAVAILABLE when it is larger than `most` bytes or breaks off */
export async function readBody(
  response: IncomingMessage,
  url: string,
  limits: { readonly most: number; readonly silenceMs: number },
  signal?: AbortSignal,
): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of bodyChunks(response, url, limits.silenceMs, signal)) {
    bytes += piece.length;
    if (bytes > limits.most)
      throw new ImageError(
        'SOURCE_UNAVAILABLE',
        `${new URL(url).host}: an answer of more than ${limits.most} bytes`,
      );
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** What is looked at of an error page: the patterns below take the square of it where a page is made to keep them busy. */
const MOST_PAGE = 4096;

/** The first words of an error page, without its markup and the status it repeats. */
export function wordsOfPage(page: string): string {
  const text = page
    .slice(0, MOST_PAGE)
    .replace(/^\d{3} [A-Za-z ]+\r?\n/, '')
    .replace(/<title>.*?<\/title>|<h1>.*?<\/h1>|<[^>]*>/gs, ' ')
    .replace(/&#x27;|&#39;/g, "'")
    .replace(/&quot;/g, '"')
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
