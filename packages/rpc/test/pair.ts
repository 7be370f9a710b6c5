import { duplexPair } from 'node:stream';
import { RpcPeer, type RpcPeerOptions } from '../src/index.ts';

/** Two connected peers in one process. */
export function peerPair(
  left: Omit<RpcPeerOptions, 'stream'> = {},
  right: Omit<RpcPeerOptions, 'stream'> = {},
): [RpcPeer, RpcPeer] {
  const [a, b] = duplexPair();
  return [new RpcPeer({ ...left, stream: a }), new RpcPeer({ ...right, stream: b })];
}

/** A peer and the raw other end of its connection, with every line it has written so far. */
export function rawPair(options: Omit<RpcPeerOptions, 'stream'> = {}) {
  const [a, raw] = duplexPair();
  let text = '';
  const waiting: { count: number; resolve: (lines: string[]) => void }[] = [];
  const lines = (): string[] => text.split('\n').slice(0, -1);
  raw.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
    for (const each of waiting) if (lines().length >= each.count) each.resolve(lines());
  });
  return {
    peer: new RpcPeer({ ...options, stream: a }),
    raw,
    lines,
    /** Resolves once the peer has written that many lines. */
    written: (count: number): Promise<string[]> =>
      new Promise((resolve) => {
        if (lines().length >= count) resolve(lines());
        else waiting.push({ count, resolve });
      }),
  };
}

/** The error a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw new TypeError('rejected with something that is no Error');
  }
  throw new Error('did not reject');
}
