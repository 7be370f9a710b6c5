import { lstat, stat, unlink } from 'node:fs/promises';
import { connect, type ListenOptions } from 'node:net';
import { dirname } from 'node:path';
import type { FastifyInstance } from 'fastify';
import './http/caller.ts';

/** Where an API listens. */
export type Listen =
  | { readonly kind: 'unix'; readonly path: string }
  /** Port 0: any free one. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number };

/** The API cannot listen there. The message says where, why, and what to do. */
export class ListenError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ListenError';
    this.code = code;
  }
}

/**
 * Starts listening; `app.close()` stops it. A unix socket has mode 0600 from its first moment. A socket file left by a
 * process that is gone is replaced; one that somebody answers on is not.
 * @returns the address: a path, or `http://host:port` with the real port
 * @throws ListenError
 */
export async function listenApi(app: FastifyInstance, where: Listen): Promise<string> {
  if (where.kind === 'unix') await removeStaleSocket(where.path);
  else if (app.admitsEverybody)
    throw new ListenError(
      'NOAUTH',
      `will not listen on ${where.host} port ${where.port} without authentication: configure a file of tokens, or a unix socket`,
    );
  app.addHook('preClose', () => stop(app));
  await app.ready();
  try {
    await bind(app, where);
  } catch (cause) {
    throw listenError(where, cause);
  }
  if (where.kind === 'unix') return where.path;
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : where.port;
  return `http://${where.host.includes(':') ? `[${where.host}]` : where.host}:${port}`;
}

async function bind(app: FastifyInstance, where: Listen): Promise<void> {
  const { server } = app;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.once('listening', resolve);
  if (where.kind === 'unix') {
    // The socket file is made inside this call, so the mask holds for nothing else.
    const mask = process.umask(0o177);
    try {
      server.listen({ path: where.path });
    } finally {
      process.umask(mask);
    }
  } else {
    const options: ListenOptions = { host: where.host, port: where.port };
    server.listen(options);
  }
  try {
    await promise;
  } finally {
    server.off('error', reject);
    server.off('listening', resolve);
  }
}

async function stop(app: FastifyInstance): Promise<void> {
  const { server } = app;
  if (!server.listening) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  await promise;
}

async function removeStaleSocket(path: string): Promise<void> {
  let isSocket: boolean;
  try {
    isSocket = (await lstat(path)).isSocket();
  } catch (cause) {
    if (isMissing(cause)) return checkDirectory(path);
    throw listenError({ kind: 'unix', path }, cause);
  }
  if (!isSocket)
    throw new ListenError(
      'EEXIST',
      `cannot listen on ${path}: a file that is not a socket is there; move it or choose another path`,
    );
  if (await answers(path))
    throw new ListenError(
      'EADDRINUSE',
      `cannot listen on ${path}: another process answers on it; stop that process or choose another path`,
    );
  await unlink(path);
}

/** Binding in a directory that is absent fails with EACCES, which would send the reader after permissions. */
async function checkDirectory(path: string): Promise<void> {
  try {
    await stat(dirname(path));
  } catch (cause) {
    throw listenError({ kind: 'unix', path }, cause);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function answers(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ path, timeout: 2000 });
  const done = (answered: boolean) => {
    socket.destroy();
    resolve(answered);
  };
  socket.once('connect', () => done(true));
  // A listener too busy to accept within two seconds is still there.
  socket.once('timeout', () => done(true));
  socket.once('error', (error) => done(!('code' in error) || error.code !== 'ECONNREFUSED'));
  return promise;
}

const advice: Readonly<Record<string, (where: Listen) => string>> = {
  EADDRINUSE: () => 'another process listens there; stop that process or choose another port',
  EADDRNOTAVAIL: () => 'this host does not have that address; use one that `ip address` shows',
  EACCES: (where) =>
    where.kind === 'unix'
      ? `the directory ${dirname(where.path)} is not writable; change its mode or choose another path`
      : 'ports below 1024 need root; choose a higher one',
  ENOENT: (where) =>
    where.kind === 'unix' ? `the directory ${dirname(where.path)} does not exist; create it` : 'not found',
  ENOTFOUND: () => 'the host name does not resolve; give an address',
  EINVAL: (where) =>
    where.kind === 'unix' ? 'the path is too long for a socket (107 bytes); choose a shorter one' : 'invalid',
};

function listenError(where: Listen, cause: unknown): ListenError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'UNKNOWN';
  const place = where.kind === 'unix' ? where.path : `${where.host} port ${where.port}`;
  const reason = advice[code]?.(where) ?? (cause instanceof Error ? cause.message : String(cause));
  return new ListenError(code, `cannot listen on ${place}: ${reason}`, { cause });
}
