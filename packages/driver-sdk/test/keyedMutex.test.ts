import { describe, expect, it } from 'vitest';
import { KeyedMutex } from '../src/keyedMutex.ts';

describe('KeyedMutex', () => {
  it('lets one in per key, and takes several without deadlock', async () => {
    const mutex = new KeyedMutex();
    const inside = new Set<string>();
    const enter = (keys: string[]): Promise<void> =>
      mutex.run(keys, async () => {
        for (const key of keys) {
          expect(inside.has(key)).toBe(false);
          inside.add(key);
        }
        await new Promise((resolve) => setImmediate(resolve));
        for (const key of keys) inside.delete(key);
      });
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        enter([['a', 'b'], ['b', 'a'], ['b', 'c'], ['a']][index % 4] ?? []),
      ),
    );
    await expect(mutex.run(['a', 'a'], () => Promise.reject(new Error('x')))).rejects.toThrow('x');
    await expect(mutex.run(['a'], () => Promise.resolve(1))).resolves.toBe(1);
  });
});
