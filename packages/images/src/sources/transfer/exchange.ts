import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { ImageError } from '../../errors.ts';
import { failedExchange } from './httpFailure.ts';
import type { HttpRules } from './request.ts';

/** One request. */
export interface Exchange {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly rules: HttpRules;
  readonly signal?: AbortSignal;
}

/** A request whose body is still to be written, and the answer to it. */
export interface OpenExchange {
  readonly request: ClientRequest;
  /** @throws ImageError SOURCE_UNAVAILABLE, CANCELLED */
  readonly response: Promise<IncomingMessage>;
}

/**
 * Begins a request. Certificates are always verified; no proxy and no redirect is followed. The other side's silence before the
 * answer is limited, unless the caller watches it by itself (`silenceMs` of null).
 */
export function openExchange(exchange: Exchange, silenceMs: number | null): OpenExchange {
  const url = new URL(exchange.url);
  const { ca } = exchange.rules;
  const options = {
    method: exchange.method,
    headers: { 'user-agent': 'scoria', 'accept-encoding': 'identity', ...exchange.headers },
    ...(exchange.signal !== undefined && { signal: exchange.signal }),
  };
  const request =
    url.protocol === 'https:'
      ? httpsRequest(url, {
          ...options,
          agent: false,
          // NODE_TLS_REJECT_UNAUTHORIZED does not overrule what is said here.
          rejectUnauthorized: true,
          minVersion: 'TLSv1.2',
          ...(ca !== null && { ca }),
        })
      : httpRequest(url, { ...options, agent: false });
  const answer = Promise.withResolvers<IncomingMessage>();
  const timer =
    silenceMs === null
      ? undefined
      : setTimeout(() => request.destroy(new Error(`no answer within ${silenceMs} ms`)), silenceMs);
  request.once('response', answer.resolve);
  // After the answer its own stream tells what goes wrong.
  request.on('error', (error) => answer.reject(failedExchange(exchange.url, error, exchange.signal)));
  const response = answer.promise.finally(() => clearTimeout(timer));
  response.catch(() => undefined);
  return { request, response };
}

/**
 * Asks for a URL, following a bounded number of redirects to http(s) hosts that are allowed, never from https to http. What a redirect
 * leads to gets no header that may be secret.
 *
 * @returns an answer that is no redirect; its status is the caller's matter
 * @throws ImageError SOURCE_REFUSED a redirect that is not followed; SOURCE_UNAVAILABLE; CANCELLED
 */
export async function get(exchange: Omit<Exchange, 'method'>): Promise<IncomingMessage> {
  let { url, headers } = exchange;
  for (let redirects = 0; ; redirects += 1) {
    const open = openExchange({ ...exchange, method: 'GET', url, headers }, exchange.rules.silenceMs);
    open.request.end();
    const response = await open.response;
    const { location } = response.headers;
    if (!isRedirect(response.statusCode) || location === undefined) return response;
    response.destroy();
    if (redirects >= exchange.rules.maxRedirects)
      throw refuseRedirect(
        url,
        `redirects more than the ${exchange.rules.maxRedirects} times that are followed`,
      );
    url = checkRedirect(url, location, exchange.rules.allowedHosts);
    headers = withoutSecrets(headers);
  }
}

function isRedirect(status: number | undefined): boolean {
  return status !== undefined && [301, 302, 303, 307, 308].includes(status);
}

function checkRedirect(from: string, location: string, allowedHosts: readonly string[]): string {
  const base = new URL(from);
  if (!URL.canParse(location, from)) throw refuseRedirect(from, 'redirects to what is no URL');
  const to = new URL(location, base);
  if (to.protocol !== 'http:' && to.protocol !== 'https:')
    throw refuseRedirect(from, `redirects to ${to.protocol}, which is not http(s)`);
  if (base.protocol === 'https:' && to.protocol === 'http:')
    throw refuseRedirect(from, 'redirects from https to http');
  if (to.username !== '' || to.password !== '')
    throw refuseRedirect(from, 'redirects to a URL with a password');
  if (!allowedHosts.includes(to.host))
    throw refuseRedirect(from, `redirects to ${to.host}, which is not allowed`);
  return to.href;
}

function refuseRedirect(url: string, what: string): ImageError {
  return new ImageError('SOURCE_REFUSED', `${shownUrl(url)} ${what}`);
}

/** Only what says which bytes are wanted goes on. */
function withoutSecrets(headers: Readonly<Record<string, string>>): Record<string, string> {
  const plain = ['range', 'if-range', 'accept'];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => plain.includes(name.toLowerCase())));
}

/** A URL as it may be shown: without user, query and fragment, any of which may be a secret. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return '(no URL)';
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
