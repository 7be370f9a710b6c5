import { checked, libc } from './library.ts';

const ioctl = libc.func('int ioctl(int fd, uint64_t request, _Out_ uint8_t *argument)');

/** linux/loop.h. */
const LOOP_GET_STATUS64 = 0x4c05;
const INFO64_SIZE = 232;

/** What a loop device stands for. */
export interface LoopStatus {
  /** st_dev and st_ino of the backing file. */
  readonly dev: bigint;
  readonly ino: bigint;
  /** Where in the file the device starts, and how long it is; 0: to the end. */
  readonly offset: bigint;
  readonly sizeLimit: bigint;
}

/** The file behind a loop device. loop(4), LOOP_GET_STATUS64. @throws ErrnoError ENOTTY when it is no loop device, ENXIO when unbound */
export function loopStatus(fd: number): LoopStatus {
  const info = Buffer.alloc(INFO64_SIZE);
  checked(ioctl(fd, LOOP_GET_STATUS64, info), 'ioctl LOOP_GET_STATUS64');
  return {
    dev: info.readBigUInt64LE(0),
    ino: info.readBigUInt64LE(8),
    offset: info.readBigUInt64LE(24),
    sizeLimit: info.readBigUInt64LE(32),
  };
}
