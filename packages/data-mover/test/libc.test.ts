import { closeSync, constants, openSync, readFileSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { extents } from '../src/extents.ts';
import { alignedBuffer } from '../src/libc/alignedBuffer.ts';
import { cloneRange } from '../src/libc/cloneRange.ts';
import { copyFileRange } from '../src/libc/copyFileRange.ts';
import { fadvise } from '../src/libc/fadvise.ts';
import { zeroRange } from '../src/libc/fallocate.ts';
import { encodeIoPriority, setThreadIoPriority, threadIoPriority } from '../src/libc/ioprio.ts';
import { ErrnoError } from '../src/libc/library.ts';
import { loopStatus } from '../src/libc/loopStatus.ts';
import { makePipe } from '../src/libc/pipe.ts';
import { poll } from '../src/libc/poll.ts';
import { readahead } from '../src/libc/readahead.ts';
import { nextData, nextHole, seekEnd } from '../src/libc/seek.ts';
import { finishWriteback, startWriteback } from '../src/libc/syncFileRange.ts';
import { allocated, inodeOf, noise, writeSparse } from './files.ts';
import { attachLoop, everyFilesystem, here, noLoopDevices } from './filesystems.ts';

const K64 = 65536;

function open<T>(path: string, use: (fd: number) => T): T {
  const fd = openSync(path, 'r+');
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

describe.each(everyFilesystem())('libc on $name', ({ path: directory, reflinks, skip }) => {
  it.skipIf(skip)('finds data and holes', () => {
    const path = join(directory, 'sparse');
    writeSparse(path, 10 * K64 + 5, [{ offset: 2 * K64, data: noise(K64) }]);
    open(path, (fd) => {
      expect(nextData(fd, 0)).toBe(2 * K64);
      expect(nextHole(fd, 0)).toBe(0);
      expect(nextHole(fd, 2 * K64)).toBe(3 * K64);
      expect(nextData(fd, 3 * K64)).toBeNull();
      expect(seekEnd(fd)).toBe(10 * K64 + 5);
      expect([...extents(fd, 1, 10 * K64)]).toEqual([
        { kind: 'hole', start: 1, end: 2 * K64 },
        { kind: 'data', start: 2 * K64, end: 3 * K64 },
        { kind: 'hole', start: 3 * K64, end: 10 * K64 },
      ]);
      expect([...extents(fd, 2 * K64 + 7, 2 * K64 + 9)]).toEqual([
        { kind: 'data', start: 2 * K64 + 7, end: 2 * K64 + 9 },
      ]);
      expect([...extents(fd, 5, 5)]).toEqual([]);
    });
  });

  it.skipIf(skip)('takes offsets above 4 GiB', () => {
    const path = join(directory, 'large');
    const offset = 6 * 2 ** 30;
    writeSparse(path, offset + 2 * K64, [{ offset: offset + K64, data: noise(K64) }]);
    open(path, (fd) => expect(nextData(fd, offset)).toBe(offset + K64));
  });

  it.skipIf(skip)('copies inside the kernel', () => {
    const [source, destination] = [join(directory, 'from'), join(directory, 'to')];
    const data = noise(3 * K64, 7);
    writeFileSync(source, data);
    writeFileSync(destination, Buffer.alloc(4 * K64));
    const copied = open(source, (from) => open(destination, (to) => copyFileRange(from, 100, to, 3, K64)));
    expect(copied).toBe(K64);
    expect(readFileSync(destination).subarray(0, K64 + 4)).toEqual(
      Buffer.concat([Buffer.alloc(3), data.subarray(100, 100 + K64), Buffer.alloc(1)]),
    );
    expect(open(source, (from) => open(destination, (to) => copyFileRange(from, 3 * K64, to, 0, K64)))).toBe(
      0,
    );
  });

  it.skipIf(skip)(`${reflinks ? 'shares' : 'says that it cannot share'} extents`, () => {
    const [source, destination] = [join(directory, 'original'), join(directory, 'clone')];
    const data = noise(4 * K64, 9);
    writeFileSync(source, data);
    writeFileSync(destination, Buffer.alloc(4 * K64, 1));
    const clone = (): void =>
      open(source, (from) => open(destination, (to) => cloneRange(from, K64, to, 2 * K64, K64)));
    if (!reflinks) {
      expect(clone).toThrow(expect.objectContaining({ errno: 'ENOTSUP' }) as ErrnoError);
      return;
    }
    clone();
    expect(readFileSync(destination).subarray(2 * K64, 3 * K64)).toEqual(data.subarray(K64, 2 * K64));
    expect(readFileSync(destination)[3 * K64]).toBe(1);
    expect(() => open(source, (from) => open(destination, (to) => cloneRange(from, 1, to, 0, K64)))).toThrow(
      ErrnoError,
    );
  });

  it.skipIf(skip)('zeroes a range, or says that it cannot', () => {
    const path = join(directory, 'zeroed');
    writeFileSync(path, Buffer.alloc(4 * K64, 1));
    let errno = '';
    try {
      open(path, (fd) => zeroRange(fd, K64, 2 * K64));
    } catch (error) {
      errno = error instanceof ErrnoError ? error.errno : String(error);
    }
    const expected = Buffer.alloc(4 * K64, 1);
    if (errno === '') expected.fill(0, K64, 3 * K64);
    else expect(errno).toBe('ENOTSUP');
    expect(readFileSync(path)).toEqual(expected);
  });

  it.skipIf(skip)('starts write-back', () => {
    const path = join(directory, 'written');
    writeFileSync(path, noise(K64));
    open(path, (fd) => {
      startWriteback(fd, 0, K64);
      finishWriteback(fd, 0, K64);
    });
    expect(allocated(path)).toBeGreaterThanOrEqual(K64);
  });

  it.skipIf(skip)('reads ahead and forgets what it read, and what was written stays', () => {
    const path = join(directory, 'advised');
    writeFileSync(path, noise(4 * K64, 3));
    open(path, (fd) => {
      for (const advice of ['sequential', 'willneed', 'dontneed'] as const) fadvise(fd, 0, 0, advice);
      // tmpfs has nothing to read ahead from.
      try {
        readahead(fd, K64, 2 * K64);
      } catch (error) {
        expect(error).toMatchObject({ errno: 'EINVAL', syscall: 'readahead' });
      }
    });
    expect(readFileSync(path).equals(noise(4 * K64, 3))).toBe(true);
  });

  it.skipIf(skip)('takes aligned buffers where it takes O_DIRECT', () => {
    const path = join(directory, 'direct');
    writeFileSync(path, noise(2 * K64, 3));
    let fd: number;
    try {
      fd = openSync(path, constants.O_RDWR | constants.O_DIRECT);
    } catch (error) {
      expect(error).toMatchObject({ code: 'EINVAL' });
      return;
    }
    try {
      const buffer = alignedBuffer(K64);
      expect(readSync(fd, buffer, 0, K64, K64)).toBe(K64);
      expect(buffer.equals(noise(2 * K64, 3).subarray(K64))).toBe(true);
      expect(writeSync(fd, buffer, 0, K64, 0)).toBe(K64);
    } finally {
      closeSync(fd);
    }
    expect(
      readFileSync(path)
        .subarray(0, K64)
        .equals(noise(2 * K64, 3).subarray(K64)),
    ).toBe(true);
  });
});

describe('poll', () => {
  it('tells a pipe that has something, has ended, or is silent', () => {
    const { readFd, writeFd } = makePipe();
    try {
      expect(poll(readFd, 'readable', 10)).toBe(false);
      expect(poll(writeFd, 'writable', 10)).toBe(true);
      writeSync(writeFd, 'x');
      expect(poll(readFd, 'readable', 1000)).toBe(true);
      readSync(readFd, Buffer.alloc(1));
    } finally {
      closeSync(writeFd);
    }
    expect(poll(readFd, 'readable', 1000)).toBe(true);
    closeSync(readFd);
    expect(() => poll(readFd, 'readable', 10)).toThrow(
      expect.objectContaining({ errno: 'EBADF', syscall: 'poll' }) as ErrnoError,
    );
  });
});

describe('the I/O priority of a thread', () => {
  it('is what it was set to, class and level', () => {
    const before = threadIoPriority();
    try {
      for (const priority of [
        { class: 'best-effort', level: 7 },
        { class: 'best-effort' },
        { class: 'idle' },
      ] as const) {
        setThreadIoPriority(encodeIoPriority(priority));
        expect(threadIoPriority()).toBe(encodeIoPriority(priority));
      }
      expect(encodeIoPriority({ class: 'best-effort' })).toBe((2 << 13) | 4);
    } finally {
      setThreadIoPriority(before);
    }
    expect(() => setThreadIoPriority(7 << 13)).toThrow(
      expect.objectContaining({ errno: 'EINVAL', syscall: 'ioprio_set' }) as ErrnoError,
    );
  });
});

describe('libc errors', () => {
  it('of posix_fadvise are what it returns, not errno', () => {
    expect(() => fadvise(9999, 0, 0, 'dontneed')).toThrow(
      expect.objectContaining({ errno: 'EBADF', syscall: 'posix_fadvise' }) as ErrnoError,
    );
  });

  it('carry the errno name and the call', () => {
    expect(() => nextHole(9999, 0)).toThrow(
      expect.objectContaining({ errno: 'EBADF', syscall: 'lseek SEEK_HOLE' }) as ErrnoError,
    );
  });

  it('say when a descriptor is no loop device', () => {
    const path = join(here.path, 'no-loop');
    writeFileSync(path, '');
    expect(() => open(path, loopStatus)).toThrow(expect.objectContaining({ errno: 'ENOTTY' }) as ErrnoError);
  });
});

describe('a loop device', () => {
  it.skipIf(noLoopDevices)('names its file and has a size', () => {
    const file = join(here.path, 'looped');
    writeFileSync(file, noise(8 * K64));
    const loop = attachLoop(file);
    try {
      open(loop.path, (fd) => {
        const { dev, ino, offset, sizeLimit } = loopStatus(fd);
        expect({ type: 'inode', dev: String(dev), ino: String(ino) }).toEqual(inodeOf(file));
        expect([offset, sizeLimit]).toEqual([0n, 0n]);
        expect(seekEnd(fd)).toBe(8 * K64);
        expect([...extents(fd, 0, 8 * K64)]).toEqual([{ kind: 'data', start: 0, end: 8 * K64 }]);
        zeroRange(fd, K64, K64);
        readahead(fd, 0, 8 * K64);
        for (const advice of ['sequential', 'willneed', 'dontneed'] as const) fadvise(fd, 0, 0, advice);
        finishWriteback(fd, 0, 8 * K64);
      });
      const direct = openSync(loop.path, constants.O_RDONLY | constants.O_DIRECT);
      const buffer = alignedBuffer(K64);
      expect(readSync(direct, buffer, 0, K64, 2 * K64)).toBe(K64);
      closeSync(direct);
      expect(buffer.equals(noise(8 * K64).subarray(2 * K64, 3 * K64))).toBe(true);
    } finally {
      loop.detach();
    }
    expect(readFileSync(file).subarray(K64, 2 * K64)).toEqual(Buffer.alloc(K64));
  });
});
