import { closeSync, readSync, writeSync } from 'node:fs';
import { expect, it } from 'vitest';
import { makePipe } from '../src/libc/pipe.ts';

it('a pipe gives what was written, then its end', () => {
  const { readFd, writeFd } = makePipe();
  const buffer = Buffer.alloc(16);
  try {
    writeSync(writeFd, 'through the pipe');
    closeSync(writeFd);
    expect(readSync(readFd, buffer)).toBe(16);
    expect(buffer.toString()).toBe('through the pipe');
    expect(readSync(readFd, buffer)).toBe(0);
  } finally {
    closeSync(readFd);
  }
});
