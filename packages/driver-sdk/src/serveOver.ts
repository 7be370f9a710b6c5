import type { Duplex } from 'node:stream';
import { type CloseReason, RpcPeer } from '@scoria/rpc';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Driver, DriverDefinition } from './driver.ts';
import { DriverServer } from './server/driverServer.ts';

/** A driver being served over some stream. */
export interface ServedDriver {
  /** Resolves when the connection has ended. */
  readonly closed: Promise<CloseReason>;
  /** Releases what the driver holds. Idempotent. */
  close(): Promise<void>;
}

/**
 * Serves a driver over any duplex stream, without a process of its own: for tests and for the conformance kit's memory
 * mode. {@link serve} is this on fd 3.
 */
export function serveOver<Options extends z.ZodObject, State>(
  driver: Driver<Options, State>,
  options: { stream: Duplex; log: Logger; onShutdown?: () => void },
): ServedDriver {
  // The state is what this very driver's `setup` returns: from here on nobody looks into it.
  const definition = driver as unknown as DriverDefinition;
  const server = new DriverServer(definition, {
    log: options.log,
    onShutdown: options.onShutdown ?? (() => {}),
  });
  const peer = new RpcPeer({
    stream: options.stream,
    onRequest: server.onRequest,
    onNotification: server.onNotification,
    onHandlerError: (method, error) => options.log.error({ err: error }, `handling ${method} failed`),
  });
  return { closed: peer.closed, close: () => server.close() };
}
