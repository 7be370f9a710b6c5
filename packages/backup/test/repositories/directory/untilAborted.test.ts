import { expect, it, onTestFinished } from 'vitest';
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
  const unhandled: unknown[] = [];
  const note = (reason: unknown): void => void unhandled.push(reason);
  process.on('unhandledRejection', note);
  onTestFinished(() => void process.off('unhandledRejection', note));
  const abort = new AbortController();
  abort.abort();
  // Rejected after everybody has turned away.
  const late = new Promise<void>((_, reject) => setTimeout(() => reject(new Error('too late')), 20));
  await expect(untilAborted(late, abort.signal)).rejects.toMatchObject({ name: 'AbortError' });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(unhandled).toEqual([]);
});
