import { writeSync } from 'node:fs';
import type { TaskControl } from './control.ts';
import type { Endpoint } from './endpoint.ts';
import { attemptIo } from './ioError.ts';

/** Writes the whole buffer (write(2) may write less). @throws DataMoverError NO_SPACE or IO_ERROR with the place */
export function writeAll(destination: Endpoint, buffer: Buffer, offset: number, control: TaskControl): void {
  let written = 0;
  while (written < buffer.length) {
    const at = offset + written;
    written += attemptIo(destination, at, control, () =>
      writeSync(destination.fd, buffer, written, buffer.length - written, at),
    );
  }
}
