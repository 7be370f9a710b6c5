import { expect, test } from 'vitest';
import { KeyedLocks } from '../../src/journal/index.ts';

const options = (change: object = {}) => ({
  holder: 'test',
  signal: new AbortController().signal,
  ...change,
});
const exclusive = (key: string) => [{ key, mode: 'exclusive' as const }];
const shared = (key: string) => [{ key, mode: 'shared' as const }];
const turn = () => new Promise((resolve) => setImmediate(resolve));

test('sharers go together, an exclusive one alone, in order of arrival', async () => {
  const locks = new KeyedLocks();
  const trace: string[] = [];
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const hold = (name: string, gate?: Promise<void>) => async () => {
    trace.push(`+${name}`);
    await gate;
    trace.push(`-${name}`);
  };
  const all = [
    locks.run(shared('k'), options(), hold('s1', gates[0]?.promise)),
    locks.run(shared('k'), options(), hold('s2', gates[1]?.promise)),
    locks.run(exclusive('k'), options(), hold('x')),
    locks.run(shared('k'), options(), hold('s3')),
  ];
  await turn();
  expect(trace).toEqual(['+s1', '+s2']);
  for (const gate of gates) gate.resolve();
  await Promise.all(all);
  expect(trace).toEqual(['+s1', '+s2', '-s1', '-s2', '+x', '-x', '+s3', '-s3']);
  expect(locks.size).toBe(0);
});

test('two callers that want the same keys in other orders do not block each other for ever', async () => {
  const locks = new KeyedLocks();
  const both = (...keys: string[]) => locks.run(keys.flatMap(exclusive), options(), turn);
  await Promise.all([both('a', 'b'), both('b', 'a'), both('c', 'a'), both('a', 'c', 'b')]);
  expect(locks.size).toBe(0);
});

test('who gives up lets those behind through, and an error releases', async () => {
  const locks = new KeyedLocks();
  const gate = Promise.withResolvers<void>();
  const holding = locks.run(shared('k'), options({ holder: 'the holder' }), () => gate.promise);
  const abort = new AbortController();
  const cancelled = locks.run(exclusive('k'), options({ signal: abort.signal }), turn);
  const timedOut = locks.run(exclusive('k'), options({ timeoutMs: 5 }), turn);
  const behind = locks.run(shared('k'), options(), () => Promise.reject(new Error('inside')));
  const expectations = [
    expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' }),
    expect(timedOut).rejects.toMatchObject({
      code: 'ABORTED',
      message: expect.stringContaining('the holder'),
    }),
    expect(behind).rejects.toThrow('inside'),
  ];
  abort.abort();
  await Promise.all(expectations);
  gate.resolve();
  await holding;
  expect(locks.size).toBe(0);
});
