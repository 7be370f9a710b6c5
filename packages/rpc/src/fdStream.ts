import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';

/**
 * Opens an inherited socket (one end of a socketpair) as a duplex stream.
 *
 * Returns `undefined` when the descriptor is not open or is no socket, e.g. because a person started the program by hand.
 */
export function openInheritedSocket(fd: number): Socket | undefined {
  try {
    if (!fstatSync(fd).isSocket()) return undefined;
  } catch {
    // EBADF: nothing was inherited, which is exactly what is being asked.
    return undefined;
  }
  return new Socket({ fd, readable: true, writable: true });
}
