import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

/** How a request is answered. */
export type Behaviour = (request: IncomingMessage, response: ServerResponse, attempt: number) => void;

/** A server on loopback that does what it is told. */
export interface MisbehavingServer extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  /** What was asked, in order: method, path and the range that was wanted. */
  readonly requests: readonly {
    readonly path: string;
    readonly range: string | undefined;
    readonly headers: IncomingMessage['headers'];
  }[];
}

/** Starts a server; behaviours by path, each told how often its path was asked before. */
export async function startServer(
  behaviours: Readonly<Record<string, Behaviour>>,
  tls?: { readonly key: string; readonly cert: string },
): Promise<MisbehavingServer> {
  const requests: { path: string; range: string | undefined; headers: IncomingMessage['headers'] }[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const path = request.url ?? '';
    const attempt = requests.filter((each) => each.path === path).length;
    requests.push({ path, range: request.headers.range, headers: request.headers });
    const behaviour = behaviours[path.split('?')[0] ?? ''];
    if (behaviour === undefined) response.writeHead(404).end('<html><title>404</title>no such thing</html>');
    else behaviour(request, response, attempt);
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  const host = `127.0.0.1:${address.port}`;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host}`,
    host,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Sends bytes, or the part of them that is asked for. */
export function sendRange(bytes: Buffer, request: IncomingMessage, response: ServerResponse): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const part = bytes.subarray(from);
  const range = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': part.length,
    etag: '"one"',
    ...(from > 0 && range),
  });
  response.end(part);
}

/** Sends the beginning of what it announced, then breaks the connection. */
export function dropAfter(
  sent: number,
  bytes: Buffer,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const range = { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': bytes.length - from,
    etag: '"one"',
    ...(from > 0 && range),
  });
  response.write(bytes.subarray(from, from + sent), () => response.destroy());
}
