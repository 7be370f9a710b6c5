import { arch } from 'node:process';
import type { IoPriority } from '../ioOptions.ts';
import { checked, ErrnoError, libc } from './library.ts';

// glibc has no wrappers for these two.
const syscall = libc.func('int64_t syscall(int64_t number, int64_t which, int64_t who, int64_t ioprio)');

// asm/unistd.h.
const numbers: Readonly<Record<string, { readonly set: number; readonly get: number }>> = {
  x64: { set: 251, get: 252 },
  arm64: { set: 30, get: 31 },
  riscv64: { set: 30, get: 31 },
};
// linux/ioprio.h.
const WHO_PROCESS = 1;
const CLASS_SHIFT = 13;
const classes = { realtime: 1, 'best-effort': 2, idle: 3 } as const;

/** I/O priority of the calling thread, as the kernel encodes it. ioprio_get(2). @throws ErrnoError ENOSYS on an unknown machine */
export function threadIoPriority(): number {
  return checked(syscall(numbersHere().get, WHO_PROCESS, 0, 0), 'ioprio_get');
}

/** Sets the I/O priority of the calling thread, encoded by the kernel's rules. ioprio_set(2). @throws ErrnoError EPERM for realtime without the right */
export function setThreadIoPriority(encoded: number): void {
  checked(syscall(numbersHere().set, WHO_PROCESS, 0, encoded), 'ioprio_set');
}

/** A priority as ioprio_set(2) takes it. */
export function encodeIoPriority({ class: name, level = 4 }: IoPriority): number {
  return (classes[name] << CLASS_SHIFT) | (name === 'idle' ? 0 : level);
}

function numbersHere(): { readonly set: number; readonly get: number } {
  const found = numbers[arch];
  if (found === undefined) throw new ErrnoError('ENOSYS', 'ioprio_set');
  return found;
}
