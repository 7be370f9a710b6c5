import type { TaskControl } from '../control.ts';
import { checkPath } from '../copy/request.ts';
import { openEndpoint } from '../endpoint.ts';
import { DataMoverError } from '../errors.ts';
import { flush } from '../flush.ts';
import { checkIoOptions } from '../ioOptions.ts';
import { withIoOptions } from '../throttle/ioSession.ts';
import type { ClearExtentsRequest } from './request.ts';
import { writeZeros } from './writeBytes.ts';

/**
 * Makes ranges of a volume read as zero, and on demand all of the volume durable.
 *
 * @throws DataMoverError as `copyRange`; `destination` is the volume, which is dirty
 */
export async function clearExtents(request: ClearExtentsRequest, control: TaskControl): Promise<void> {
  checkPath('destination', request.destination.path);
  checkIoOptions(request.io);
  control.begin();
  const destination = openEndpoint('destination', request.destination.path, request.destination.identity);
  try {
    await withIoOptions(request.io, [destination], control, async (session) => {
      for (const { offset, length } of request.extents) {
        if (offset + length > destination.size) {
          throw new DataMoverError(
            'DESTINATION_TOO_SMALL',
            `destination ${destination.path} has ${destination.size} bytes, fewer than ${offset + length}`,
            { side: 'destination', path: destination.path, doneBytes: control.doneBytes },
          );
        }
        writeZeros(destination, offset, length, control, session);
      }
    });
    if (request.flush) await flush(destination, control);
  } finally {
    destination.close();
  }
}
