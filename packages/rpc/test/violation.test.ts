import { describe, expect, it } from 'vitest';
import { rawPair, rejection } from './pair.ts';

describe('what breaks the protocol closes the connection and rejects all that is pending', () => {
  it.each([
    ['junk', 'stray print\n'],
    ['invalid-message', '{"hello":1}\n'],
    ['oversize', `${'x'.repeat(2 * 1024 * 1024)}\n`],
    ['unknown-response', '{"jsonrpc":"2.0","id":99,"result":1}\n'],
    ['unknown-response', '{"jsonrpc":"2.0","id":"1","result":1}\n'],
    ['duplicate-id', '{"jsonrpc":"2.0","id":1,"result":1}\n{"jsonrpc":"2.0","id":1,"result":1}\n'],
    ['duplicate-id', '{"jsonrpc":"2.0","id":"q","method":"m"}\n{"jsonrpc":"2.0","id":"q","method":"m"}\n'],
    ['rejected-by-peer', '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"?"}}\n'],
  ])('%s: %.60j', async (violation, bytes) => {
    const { peer, raw } = rawPair({ onRequest: () => new Promise(() => {}) });
    const first = peer.call('first').catch((error: unknown) => error);
    const second = rejection(peer.call('second'));
    raw.write(bytes);
    const reason = await peer.closed;
    expect(reason).toMatchObject({ kind: 'violation', error: { code: 'RPC_PROTOCOL_VIOLATION', violation } });
    expect(await second).toMatchObject({
      code: 'RPC_CONNECTION_LOST',
      method: 'second',
      outcome: 'unknown',
      cause: { violation },
    });
    await first;
    expect(peer.pendingCalls).toBe(0);
    expect(await rejection(peer.call('after'))).toMatchObject({
      code: 'RPC_CONNECTION_LOST',
      outcome: 'not-sent',
    });
  });

  it('nothing after the violation is looked at', async () => {
    const { peer, raw } = rawPair();
    const call = rejection(peer.call('x'));
    raw.write('junk\n{"jsonrpc":"2.0","id":1,"result":1}\n');
    expect(await call).toMatchObject({ code: 'RPC_CONNECTION_LOST' });
  });

  it('a reused id is fine once the first request was answered', async () => {
    const { raw, peer, written } = rawPair({ onRequest: () => 1 });
    raw.write('{"jsonrpc":"2.0","id":1,"method":"m"}\n');
    await written(1);
    raw.write('{"jsonrpc":"2.0","id":1,"method":"m"}\n');
    expect(await written(2)).toHaveLength(2);
    expect(peer.closeReason).toBeUndefined();
  });
});

describe('the end of the connection', () => {
  it('rejects pending calls as outcome unknown and aborts running handlers', async () => {
    const { promise: aborted, resolve } = Promise.withResolvers<unknown>();
    const { peer, raw } = rawPair({
      onRequest: (_, __, { signal }) => {
        signal.addEventListener('abort', () => resolve(signal.reason));
        return new Promise(() => {});
      },
    });
    raw.write('{"jsonrpc":"2.0","id":1,"method":"m"}\n');
    const call = rejection(peer.call('x'));
    raw.end();
    expect(await call).toMatchObject({ outcome: 'unknown', message: expect.stringContaining('peer closed') });
    expect(await aborted).toMatchObject({ code: 'RPC_CONNECTION_LOST' });
    expect(await peer.closed).toEqual({ kind: 'ended', error: undefined });
  });

  it('delivers the answers that came before it', async () => {
    const { peer, raw } = rawPair();
    const call = peer.call('x');
    raw.end('{"jsonrpc":"2.0","id":1,"result":"last words"}\n');
    expect(await call).toBe('last words');
  });

  it('inside a line is a truncation', async () => {
    const { peer, raw } = rawPair();
    raw.end('{"jsonrpc":');
    expect(await peer.closed).toMatchObject({ kind: 'violation', error: { violation: 'truncated' } });
  });

  it('by close() keeps the first reason', async () => {
    const { peer } = rawPair();
    peer.close(new Error('first'));
    peer.close(new Error('second'));
    expect(await peer.closed).toMatchObject({ kind: 'local', error: { message: 'first' } });
    peer.notify('ignored');
  });
});
