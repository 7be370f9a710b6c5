import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

/** What happens to one request. */
export type Fault =
  /** The server gets it late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Nobody answers. */
  | { readonly kind: 'silence' }
  /** The connection ends before the server gets it. */
  | { readonly kind: 'refuse' }
  /** The server does it, and its answer is lost. */
  | { readonly kind: 'lose-answer' }
  /** The answer ends after so many bytes of its body. */
  | { readonly kind: 'cut-answer'; readonly after: number }
  /** The answer stops after so many bytes of its body, and the connection stays. */
  | { readonly kind: 'stall-answer'; readonly after: number }
  /** Somebody else answers. */
  | { readonly kind: 'answer'; readonly status: number; readonly body: string; readonly type?: string }
  /** A bit of the body changes on its way to the server. */
  | { readonly kind: 'flip-request' }
  /** A bit of the body changes on its way back. */
  | { readonly kind: 'flip-answer' };

/** One request as it passed. */
export interface Passed {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/** A server between client and S3 server that does harm when told to. */
export interface FaultyProxy extends AsyncDisposable {
  readonly endpoint: string;
  /** All requests so far. */
  readonly passed: Passed[];
  /** Asked for each request; undefined lets it through unharmed. */
  fault: (passed: Passed) => Fault | undefined;
}

/** An error answer as S3 gives it. */
export function s3Error(status: number, code: string, message = 'a test says so'): Fault {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { kind: 'answer', status, body };
}

/** The same fault for the first `times` requests that `matches`, none afterwards. */
export function firstTimes(
  times: number,
  matches: (passed: Passed) => boolean,
  fault: Fault,
): FaultyProxy['fault'] {
  let left = times;
  return (passed) => (matches(passed) && left-- > 0 ? fault : undefined);
}

/** Starts a proxy to `target` that does no harm yet. */
export async function startFaultyProxy(target: string): Promise<FaultyProxy> {
  const stopped = new AbortController();
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  const proxy: FaultyProxy = {
    endpoint: `http://127.0.0.1:${address.port}`,
    passed: [],
    fault: () => undefined,
    async [Symbol.asyncDispose]() {
      stopped.abort();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = incoming;
    const passed = { method, url, headers };
    proxy.passed.push(passed);
    const fault = proxy.fault(passed);
    if (fault?.kind === 'refuse') return void incoming.socket.destroy();
    const sent = await buffer(incoming);
    if (fault?.kind === 'silence') return;
    if (fault?.kind === 'delay') await sleep(fault.ms, undefined, { signal: stopped.signal });
    if (fault?.kind === 'answer') {
      outgoing.writeHead(fault.status, { 'content-type': fault.type ?? 'application/xml' }).end(fault.body);
      return;
    }
    const body = fault?.kind === 'flip-request' ? flipped(sent) : sent;
    const forwarded = request(`${target}${url}`, { method, headers, agent: false });
    // Swift ends the empty body of a 204 as if it were chunked: an error behind the answer, which is nobody's concern.
    forwarded.on('error', () => undefined);
    forwarded.end(body);
    const [answer]: IncomingMessage[] = await once(forwarded, 'response');
    if (answer === undefined) throw new Error('no answer');
    const received = await buffer(answer);
    if (fault?.kind === 'lose-answer') return void incoming.socket.destroy();
    outgoing.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
    if (fault?.kind === 'cut-answer' || fault?.kind === 'stall-answer') {
      outgoing.write(received.subarray(0, fault.after));
      if (fault.kind === 'stall-answer') return;
      await sleep(20);
      incoming.socket.destroy();
      return;
    }
    outgoing.end(fault?.kind === 'flip-answer' ? flipped(received) : received);
  }
}

function flipped(content: Buffer): Buffer {
  const copy = Buffer.from(content);
  const middle = content.length >> 1;
  if (content.length > 0) copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}
