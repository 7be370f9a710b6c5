import { checked, libc } from './library.ts';

const pipe2 = libc.func('int pipe2(_Out_ int *fds, int flags)');
const fcntl = libc.func('int fcntl(int fd, int cmd, int argument)');

const O_CLOEXEC = 0o2000000;
const F_SETPIPE_SZ = 1031;
/** The most that an unprivileged process may ask for (pipe(7), pipe-max-size). */
const CAPACITY = 1024 * 1024;

/** The two descriptors of a pipe. Whoever made it closes both. */
export interface Pipe {
  readonly readFd: number;
  readonly writeFd: number;
}

/**
 * A pipe that no child inherits unless it is handed over, both ends blocking, as large as the system lets it be. pipe(2), fcntl(2).
 *
 * @throws ErrnoError EMFILE, ENFILE
 */
export function makePipe(): Pipe {
  const fds = [-1, -1];
  checked(pipe2(fds, O_CLOEXEC), 'pipe2');
  const [readFd = -1, writeFd = -1] = fds;
  // A user who has many pipes gets a small one, which is only slower.
  fcntl(writeFd, F_SETPIPE_SZ, CAPACITY);
  return { readFd, writeFd };
}
