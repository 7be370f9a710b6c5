import { fsync } from 'node:fs';
import { promisify } from 'node:util';
import type { TaskControl } from './control.ts';
import type { Endpoint } from './endpoint.ts';
import { ioError } from './ioError.ts';
import { untilCancelled } from './untilCancelled.ts';

const fsyncAsync = promisify(fsync);

/**
 * Makes everything written durable (fsync(2)). Runs beside this thread, because it may take minutes and cannot be interrupted;
 * when cancelled, it goes on in the background and the descriptor stays open for it.
 *
 * @throws DataMoverError NO_SPACE or IO_ERROR (write-back failed), CANCELLED
 */
export async function flush(endpoint: Endpoint, control: TaskControl): Promise<void> {
  const running = fsyncAsync(endpoint.fd).catch((error: unknown) => {
    throw ioError(endpoint, undefined, control, error);
  });
  try {
    await untilCancelled(running, control);
  } catch (error) {
    endpoint.keepOpenFor(running);
    throw error;
  }
}
