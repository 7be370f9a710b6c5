import type { TaskControl } from './control.ts';
import { currentSize, type Endpoint } from './endpoint.ts';
import { DataMoverError } from './errors.ts';
import { attemptIo } from './ioError.ts';

/**
 * Proves that a file or device still reaches to `end`: one that was cut, or shrank, while it was walked looks as if it ended in a hole.
 *
 * @throws DataMoverError SOURCE_CHANGED
 */
export function requireUncut(endpoint: Endpoint, end: number, control: TaskControl): void {
  const { side, path } = endpoint;
  const size = attemptIo(endpoint, end, control, () => currentSize(endpoint));
  if (size >= end) return;
  throw new DataMoverError('SOURCE_CHANGED', `${side} ${path} was cut to ${size} bytes while it was read`, {
    side,
    path,
    offset: size,
    doneBytes: control.doneBytes,
  });
}
