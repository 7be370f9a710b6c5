import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

/** What happens to a request on its way; null: it arrives, and its answer comes back. */
export type Mishap = (incoming: IncomingMessage, response: ServerResponse) => 'flip a bit' | 'handled' | null;

/** A way to a server on which things happen. */
export interface BadRoad extends AsyncDisposable {
  readonly url: string;
}

/** Starts a proxy in front of a server. */
export async function startBadRoad(target: string, mishap: Mishap): Promise<BadRoad> {
  const server = createServer((incoming, response) => {
    const what = mishap(incoming, response);
    if (what === 'handled') return;
    const onward = request(`${target}${incoming.url}`, {
      method: incoming.method,
      headers: incoming.headers,
    });
    onward.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    let flip = what === 'flip a bit';
    incoming.on('data', (piece: Buffer) => {
      if (flip) piece.writeUInt8(piece.readUInt8(0) ^ 1, 0);
      flip = false;
      onward.write(piece);
    });
    incoming.on('end', () => onward.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the system gave no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
