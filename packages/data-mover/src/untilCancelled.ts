import { setTimeout as delay } from 'node:timers/promises';
import type { TaskControl } from './control.ts';

const POLL_MS = 20;

/** Waits for work that cannot be interrupted, and turns away from it when the task is cancelled. @throws DataMoverError CANCELLED; and what `work` rejects with */
export async function untilCancelled(work: Promise<void>, control: TaskControl): Promise<void> {
  let over = false;
  const watched = work.finally(() => {
    over = true;
  });
  watched.catch(() => undefined); // handled below, or nobody's any more
  while (!over) {
    control.throwIfCancelled();
    await Promise.race([watched, delay(POLL_MS)]);
  }
  await watched;
}
