import { fsync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { TaskControl } from './control.ts';
import type { Endpoint } from './endpoint.ts';
import { ioError } from './ioError.ts';

const POLL_MS = 20;
const fsyncAsync = promisify(fsync);

/**
 * Makes everything written durable (fsync(2)). Runs beside this thread, because it may take minutes and cannot be interrupted;
 * when cancelled, it goes on in the background and the descriptor stays open for it.
 *
 * @throws DataMoverError NO_SPACE or IO_ERROR (write-back failed), CANCELLED
 */
export async function flush(endpoint: Endpoint, control: TaskControl): Promise<void> {
  let over = false;
  const running = fsyncAsync(endpoint.fd)
    .catch((error: unknown) => {
      throw ioError(endpoint, undefined, control, error);
    })
    .finally(() => {
      over = true;
    });
  while (!over) {
    if (control.cancelled) endpoint.keepOpenFor(running);
    control.throwIfCancelled();
    await Promise.race([running, delay(POLL_MS)]);
  }
  await running;
}
