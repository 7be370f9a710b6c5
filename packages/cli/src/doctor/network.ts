import { connect, createServer } from 'node:net';

const ANSWER_MS = 2_000;

/** Whether somebody listens at a TCP address or on a unix socket. */
export function answers(
  where: { readonly host: string; readonly port: number } | { readonly path: string },
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(where);
  const end = (answer: boolean): void => {
    socket.destroy();
    resolve(answer);
  };
  socket.setTimeout(ANSWER_MS, () => end(false));
  socket.once('connect', () => end(true));
  socket.once('error', () => end(false));
  return promise;
}

/** Why one cannot listen there: an errno name; null when one can. */
export async function cannotListen(host: string, port: number): Promise<string | null> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<string | null>();
  server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  server.listen({ host, port, exclusive: true }, () => resolve(null));
  const problem = await promise;
  if (problem === null) await new Promise((done) => server.close(done));
  return problem;
}
