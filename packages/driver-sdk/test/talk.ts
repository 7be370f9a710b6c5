import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { RpcPeer } from '@scoria/rpc';
import { onTestFinished } from 'vitest';
import type { z } from 'zod';
import { createLogger, type Driver, serveOver } from '../src/index.ts';
import noop from './fixtures/noop-driver.ts';

export const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

/** A driver served in this process, and the host's end of its wire. */
export function talk<Options extends z.ZodObject, State>(driver: Driver<Options, State>) {
  const [host, theirs] = duplexPair();
  const logs: Record<string, unknown>[] = [];
  const log = createLogger({
    name: driver.name,
    stream: { write: (line) => void logs.push(JSON.parse(line)) },
  });
  const events: string[] = [];
  const served = serveOver(driver, { stream: theirs, log, onShutdown: () => events.push('shutdown') });
  const stateDir = mkdtempSync(join(tmpdir(), 'scoria-sdk-'));
  const peer = new RpcPeer({ stream: host });
  onTestFinished(async () => {
    peer.close();
    await served.close();
    rmSync(stateDir, { recursive: true });
  });
  const configuration = { backend: 'b1', host: 'h', options: {}, plugins: [], stateDir };
  return {
    peer,
    logs,
    events,
    served,
    configuration,
    initialize: (protocolVersions = [1]) =>
      peer.call('initialize', { protocolVersions, host: { name: 'test', version: '0' }, unknownField: 1 }),
    configure: (options: Record<string, unknown> = {}, more: Record<string, unknown> = {}) =>
      peer.call('configure', { ...configuration, options, ...more }),
  };
}

/** The no-op driver, configured. */
export async function configured(options: Record<string, unknown> = {}, more: Record<string, unknown> = {}) {
  const talking = talk(noop);
  await talking.initialize();
  await talking.configure(options, more);
  return talking;
}

/** Parameters of an operation as they look on the wire. */
export function envelope(params: Record<string, unknown>, meta: Record<string, unknown> = {}) {
  return { meta: { requestId: 'req-1', timeoutMs: 5_000, ...meta }, params };
}

export const volume = {
  id: '7f9c24e8-3b12-4fef-91e0-d1b1d6b7f001',
  name: 'volume-1',
  size: 1024,
  providerAuth: 'CHAP user canary-secret',
};
