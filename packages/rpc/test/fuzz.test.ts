import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rawPair } from './pair.ts';

const id = fc.oneof(fc.integer({ min: -1, max: 4 }), fc.constantFrom(null, 'a', 1.5, {}));
const message = fc.record(
  {
    jsonrpc: fc.constantFrom('2.0', '2.0', '2.0', '1.0', 2),
    id,
    method: fc.constantFrom('m', '$/ping', '$/cancelRequest', '$/progress', '', 7),
    params: fc.oneof(fc.jsonValue(), fc.record({ id })),
    result: fc.jsonValue(),
    error: fc.oneof(fc.record({ code: fc.integer(), message: fc.string() }), fc.jsonValue()),
  },
  { requiredKeys: [] },
);
const line = fc.oneof(
  message.map((each) => Buffer.from(`${JSON.stringify(each)}\n`)),
  fc.uint8Array({ maxLength: 50 }).map((each) => Buffer.from(each)),
);

it('whatever the other side sends, the peer either goes on or closes with a violation, and leaves no call behind', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 12 }), async (lines) => {
      const { peer, raw } = rawPair({ onRequest: (method) => (method === '' ? new Promise(() => {}) : 1) });
      const calls = [1, 2, 3].map((each) =>
        peer.call(`call ${each}`).then(String, (error: Error) => error.name),
      );
      for (const each of lines) raw.write(each);
      await turn();
      if (peer.closeReason !== undefined) expect(peer.closeReason.kind).toBe('violation');
      raw.end();
      const { kind } = await peer.closed;
      expect(['violation', 'ended']).toContain(kind);
      await Promise.all(calls);
      expect(peer.pendingCalls).toBe(0);
    }),
    { numRuns: 500 },
  );
});
