import { expect, it } from 'vitest';
import { untilAborted } from '../../../src/repositories/directory/untilAborted.ts';

const endless = new Promise<void>(() => undefined);

it('turns away from work without end when it is aborted', async () => {
  const abort = new AbortController();
  const waiting = untilAborted(endless, abort.signal);
  abort.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  await expect(untilAborted(endless, abort.signal)).rejects.toMatchObject({ name: 'AbortError' });
});

it('ends as the work does when nobody aborts', async () => {
  const failed = new Error('no space');
  for (const signal of [undefined, new AbortController().signal]) {
    await untilAborted(Promise.resolve(), signal);
    await expect(untilAborted(Promise.reject(failed), signal)).rejects.toBe(failed);
  }
});

it('leaves nobody an error of work that was given up', async () => {
  const abort = new AbortController();
  const { promise, reject } = Promise.withResolvers<void>();
  const waiting = untilAborted(promise, abort.signal);
  abort.abort();
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  // Were it unhandled, the test run would fail.
  reject(new Error('too late'));
  await expect(promise).rejects.toThrow('too late');
});
