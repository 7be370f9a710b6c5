import { duplexPair } from 'node:stream';
import { expect, it } from 'vitest';
import { RpcPeer } from '../src/index.ts';
import { rejection } from './pair.ts';

/** A peer whose other end does not read until told to. */
function stalled(maxQueued?: number) {
  const [a, raw] = duplexPair({ highWaterMark: 1024 });
  return { peer: new RpcPeer({ stream: a, ...(maxQueued !== undefined && { maxQueued }) }), raw };
}

const filler = 'x'.repeat(4096);

it('keeps order and loses nothing when the peer reads late', async () => {
  const { peer, raw } = stalled();
  const calls = [...Array(50).keys()].map((each) => peer.call(`m${each}`, filler));
  let text = '';
  let answered = 0;
  raw.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
    const whole = text.split('\n').length - 1;
    for (; answered < whole; answered += 1)
      raw.write(`{"jsonrpc":"2.0","id":${answered + 1},"result":${answered}}\n`);
  });
  expect(await Promise.all(calls)).toEqual([...Array(50).keys()]);
  const methods = text
    .split('\n')
    .slice(0, -1)
    .map((line) => /"method":"(\w+)"/.exec(line)?.[1]);
  expect(methods).toEqual([...Array(50).keys()].map((each) => `m${each}`));
});

it('a request that was cancelled while it waited is never sent', async () => {
  const { peer, raw } = stalled();
  const first = peer.call('first', filler);
  const abort = new AbortController();
  const second = rejection(peer.call('second', filler, { signal: abort.signal }));
  const third = rejection(peer.call('third', filler, { timeoutMs: 5 }));
  abort.abort();
  expect(await second).toMatchObject({ code: 'RPC_CANCELLED', outcome: 'not-sent' });
  expect(await third).toMatchObject({ code: 'RPC_DEADLINE_EXCEEDED', outcome: 'not-sent' });
  let text = '';
  raw.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
    if (text.endsWith('\n')) raw.write('{"jsonrpc":"2.0","id":1,"result":1}\n');
  });
  await first;
  expect(text).not.toContain('second');
  expect(text).not.toContain('third');
  expect(peer.closeReason).toBeUndefined();
});

it('a request that still waited when the connection was lost is known not to have been sent', async () => {
  const { peer } = stalled();
  const sent = rejection(peer.call('first', filler));
  const waiting = rejection(peer.call('second', filler));
  peer.close();
  expect(await sent).toMatchObject({ outcome: 'unknown' });
  expect(await waiting).toMatchObject({ outcome: 'not-sent' });
});

it('memory is bounded: the queue refuses calls when full', async () => {
  const { peer } = stalled(10_000);
  const calls = [...Array(5).keys()].map(() => rejection(peer.call('x', filler)));
  const last = rejection(peer.call('x', filler));
  expect(await last).toMatchObject({ code: 'RPC_OUTBOX_FULL', outcome: 'not-sent' });
  peer.close();
  await Promise.all(calls);
});

it('a peer that asks and never reads loses its connection', async () => {
  const [a, raw] = duplexPair({ highWaterMark: 1024 });
  const peer = new RpcPeer({ stream: a, maxQueued: 10_000, onRequest: () => filler });
  for (let id = 1; id <= 10; id += 1) raw.write(`{"jsonrpc":"2.0","id":${id},"method":"m"}\n`);
  expect(await peer.closed).toMatchObject({ kind: 'local', error: { code: 'RPC_OUTBOX_FULL' } });
});

it('progress reports do not pile up: only the newest waits', async () => {
  const [a, raw] = duplexPair({ highWaterMark: 64 });
  new RpcPeer({
    stream: a,
    onRequest: (_, __, context) => {
      for (let percent = 0; percent <= 100; percent += 1) context.progress({ percent });
      return 'done';
    },
  });
  raw.write('{"jsonrpc":"2.0","id":1,"method":"m"}\n');
  let text = '';
  for await (const chunk of raw) {
    text += String(chunk);
    if (text.includes('"done"')) break;
  }
  const percents = [...text.matchAll(/"percent":(\d+)/g)].map((match) => Number(match[1]));
  expect(percents.length).toBeLessThan(10);
  expect(percents.at(-1)).toBe(100);
});
