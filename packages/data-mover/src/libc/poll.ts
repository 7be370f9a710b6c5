import { checked, ErrnoError, libc } from './library.ts';

const call = libc.func('int poll(_Inout_ uint8_t *fds, uint64_t count, int timeout)');

// poll.h.
const events = { readable: 0x01, writable: 0x04 } as const;
const POLLERR = 0x08;
const POLLNVAL = 0x20;

/**
 * Waits until a descriptor can be read or written without blocking, or its other end is gone; at most `timeoutMs`. poll(2).
 *
 * @returns `ready`: a read or write returns at once (with data, the end, or an error); `broken`: nobody reads what would be
 * written; `silent`: neither happened in time
 * @throws ErrnoError EBADF when the descriptor is not open
 */
export function poll(
  fd: number,
  event: keyof typeof events,
  timeoutMs: number,
): 'ready' | 'broken' | 'silent' {
  // struct pollfd { int fd; short events, revents; }
  const entry = Buffer.alloc(8);
  entry.writeInt32LE(fd, 0);
  entry.writeInt16LE(events[event], 4);
  try {
    if (checked(call(entry, 1, timeoutMs), 'poll') === 0) return 'silent';
  } catch (error) {
    if (error instanceof ErrnoError && error.errno === 'EINTR') return 'silent';
    throw error;
  }
  const happened = entry.readInt16LE(6);
  if ((happened & POLLNVAL) !== 0) throw new ErrnoError('EBADF', 'poll');
  return event === 'writable' && (happened & POLLERR) !== 0 ? 'broken' : 'ready';
}
