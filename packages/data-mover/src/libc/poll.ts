import { checked, ErrnoError, libc } from './library.ts';

const call = libc.func('int poll(_Inout_ uint8_t *fds, uint64_t count, int timeout)');

// poll.h.
const events = { readable: 0x01, writable: 0x04 } as const;
const POLLNVAL = 0x20;

/**
 * Waits until a descriptor can be read or written without blocking, or its other end is gone; at most `timeoutMs`. poll(2).
 *
 * @returns whether a read or write would return at once: with bytes, the end, or an error
 * @throws ErrnoError EBADF when the descriptor is not open
 */
export function poll(fd: number, event: keyof typeof events, timeoutMs: number): boolean {
  // struct pollfd { int fd; short events, revents; }
  const entry = Buffer.alloc(8);
  entry.writeInt32LE(fd, 0);
  entry.writeInt16LE(events[event], 4);
  try {
    if (checked(call(entry, 1, timeoutMs), 'poll') === 0) return false;
  } catch (error) {
    if (error instanceof ErrnoError && error.errno === 'EINTR') return false;
    throw error;
  }
  if ((entry.readInt16LE(6) & POLLNVAL) !== 0) throw new ErrnoError('EBADF', 'poll');
  return true;
}
