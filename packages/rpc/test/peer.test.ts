import { describe, expect, it } from 'vitest';
import { RpcResponseError } from '../src/index.ts';
import { peerPair, rawPair, rejection } from './pair.ts';

const never = (): Promise<never> => new Promise(() => {});

describe('calls', () => {
  it('go both ways at once', async () => {
    const [left, right] = peerPair(
      { onRequest: (method, params) => [`left ${method}`, params] },
      { onRequest: async (method, params) => [`right ${method}`, params] },
    );
    const answers = await Promise.all([left.call('a', { x: 1 }), right.call('b'), left.call('c', null)]);
    expect(answers).toEqual([
      ['right a', { x: 1 }],
      ['left b', null],
      ['right c', null],
    ]);
    expect(left.pendingCalls).toBe(0);
  });

  it('carry 64 requests out of order', async () => {
    const [left] = peerPair(
      {},
      {
        onRequest: async (_, params) => {
          for (let turn = 0; turn < 64 - Number(params); turn += 1) await Promise.resolve();
          return params;
        },
      },
    );
    const numbers = [...Array(64).keys()];
    expect(await Promise.all(numbers.map((each) => left.call('echo', each)))).toEqual(numbers);
  });

  it('reject with the error that the handler chose', async () => {
    const [left] = peerPair(
      {},
      {
        onRequest: () => {
          throw new RpcResponseError(-32000, 'no space', { code: 'NO_SPACE' });
        },
      },
    );
    expect(await rejection(left.call('x'))).toMatchObject({
      code: 'RPC_RESPONSE_ERROR',
      rpcCode: -32000,
      message: 'no space',
      data: { code: 'NO_SPACE' },
    });
  });

  it('hide what a handler threw by accident, but tell its owner', async () => {
    const told: unknown[] = [];
    const [left] = peerPair(
      {},
      {
        onRequest: () => {
          throw new Error('secret text');
        },
        onHandlerError: (method, error) => told.push(method, error),
      },
    );
    const error = await rejection(left.call('x'));
    expect(error).toMatchObject({ rpcCode: -32603, message: 'internal error in "x"' });
    expect(told).toEqual(['x', expect.objectContaining({ message: 'secret text' })]);
  });

  it('to a peer without handlers are unknown methods, except $/ping', async () => {
    const [left] = peerPair();
    expect(await rejection(left.call('x'))).toMatchObject({ rpcCode: -32601 });
    expect(await left.ping(1000)).toBeGreaterThanOrEqual(0);
  });

  it('too large are refused before anything is sent', async () => {
    const { peer, lines } = rawPair({ maxLineBytes: 100 });
    expect(await rejection(peer.call('x', 'é'.repeat(60)))).toMatchObject({
      code: 'RPC_MESSAGE_TOO_LARGE',
      outcome: 'not-sent',
    });
    expect(() => peer.notify('x', 'y'.repeat(100))).toThrow('does not fit one line of 100 bytes');
    expect(lines()).toEqual([]);
  });

  it('whose result is too large get an error instead', async () => {
    const [left] = peerPair({}, { maxLineBytes: 100, onRequest: () => 'x'.repeat(200) });
    expect(await rejection(left.call('x'))).toMatchObject({
      rpcCode: -32603,
      message: expect.stringContaining('result of "x" does not fit'),
    });
  });

  it('beyond the limit of concurrent requests are answered busy', async () => {
    const [left] = peerPair({}, { maxIncoming: 2, onRequest: never });
    void left.call('a').catch(() => undefined);
    void left.call('b').catch(() => undefined);
    expect(await rejection(left.call('c'))).toMatchObject({ rpcCode: -32005 });
    left.close();
  });
});

describe('deadlines', () => {
  it('reject, tell the peer, and ignore the late answer', async () => {
    const { peer, raw, written } = rawPair();
    const error = await rejection(peer.call('slow', {}, { timeoutMs: 5 }));
    expect(error).toMatchObject({
      code: 'RPC_DEADLINE_EXCEEDED',
      method: 'slow',
      timeoutMs: 5,
      outcome: 'unknown',
    });
    const [, cancel] = await written(2);
    expect(cancel).toBe('{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1}}');
    raw.write('{"jsonrpc":"2.0","id":1,"result":"late"}\n');
    const next = peer.call('next');
    raw.write('{"jsonrpc":"2.0","id":2,"result":"in time"}\n');
    expect(await next).toBe('in time');
    expect(peer.closeReason).toBeUndefined();
  });
});

describe('cancellation', () => {
  it('reaches the handler, whose answer decides', async () => {
    const [left] = peerPair(
      {},
      {
        onRequest: (_, __, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(new RpcResponseError(1, 'stopped and undone')));
          }),
      },
    );
    const abort = new AbortController();
    const call = left.call('x', {}, { signal: abort.signal });
    abort.abort();
    expect(await rejection(call)).toMatchObject({
      code: 'RPC_RESPONSE_ERROR',
      message: 'stopped and undone',
    });
  });

  it('that comes too late leaves the result', async () => {
    const { peer, raw } = rawPair();
    const abort = new AbortController();
    const call = peer.call('x', {}, { signal: abort.signal });
    abort.abort();
    raw.write('{"jsonrpc":"2.0","id":1,"result":"done"}\n');
    expect(await call).toBe('done');
  });

  it('gives up when the peer does not answer within the grace time', async () => {
    const [left] = peerPair({}, { onRequest: never });
    const abort = new AbortController();
    const call = left.call('x', {}, { signal: abort.signal, cancelGraceMs: 5 });
    abort.abort(new Error('user pressed ^C'));
    expect(await rejection(call)).toMatchObject({
      code: 'RPC_CANCELLED',
      outcome: 'unknown',
      cause: { message: 'user pressed ^C' },
    });
  });

  it('before the call sends nothing', async () => {
    const { peer, lines } = rawPair();
    expect(await rejection(peer.call('x', {}, { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'RPC_CANCELLED',
      outcome: 'not-sent',
    });
    expect(lines()).toEqual([]);
  });
});

describe('progress', () => {
  it('reaches the callback of its own request, before the result', async () => {
    const [left] = peerPair(
      {},
      {
        onRequest: (_, params, context) => {
          context.progress({ percent: 10, of: params });
          context.progress({ percent: 90, of: params });
          return 'done';
        },
      },
    );
    const seen: unknown[] = [];
    const calls = ['a', 'b'].map((each) =>
      left.call('x', each, { onProgress: (report) => seen.push(report) }),
    );
    await Promise.all(calls);
    expect(seen).toEqual([
      { id: 1, percent: 10, of: 'a' },
      { id: 1, percent: 90, of: 'a' },
      { id: 2, percent: 10, of: 'b' },
      { id: 2, percent: 90, of: 'b' },
    ]);
  });

  it('of a finished request is ignored, and a throwing callback hurts nobody', async () => {
    const told: unknown[] = [];
    const { peer, raw } = rawPair({ onHandlerError: (method) => told.push(method) });
    raw.write('{"jsonrpc":"2.0","method":"$/progress","params":{"id":99,"percent":1}}\n');
    const call = peer.call(
      'x',
      {},
      {
        onProgress: () => {
          throw new Error('callback');
        },
      },
    );
    raw.write('{"jsonrpc":"2.0","method":"$/progress","params":{"id":1,"percent":1}}\n');
    raw.write('{"jsonrpc":"2.0","id":1,"result":true}\n');
    expect(await call).toBe(true);
    expect(told).toEqual(['$/progress']);
  });
});

describe('notifications', () => {
  it('arrive in order and cannot break the connection by throwing', async () => {
    const seen: unknown[] = [];
    const [left, right] = peerPair(
      {},
      {
        onNotification: (method, params) => {
          seen.push([method, params]);
          throw new Error('handler');
        },
        onRequest: () => seen.length,
      },
    );
    left.notify('one', { a: 1 });
    left.notify('two');
    expect(await left.call('count')).toBe(2);
    expect(seen).toEqual([
      ['one', { a: 1 }],
      ['two', undefined],
    ]);
    expect(right.closeReason).toBeUndefined();
  });
});
