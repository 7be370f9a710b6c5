import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import koffi from 'koffi';

/** `LOOP_CTL_REMOVE` of linux/loop.h. */
const LOOP_CTL_REMOVE = 0x4c81;

/**
 * Removes an unused loop device itself, so that its number comes back with fresh limits: a discard limit once set to zero
 * cannot be raised again.
 *
 * @returns false when somebody has taken the device meanwhile, or it is gone already: both are fine
 */
export async function forgetLoop(device: string): Promise<boolean> {
  const number = Number(/^loop(\d+)$/.exec(basename(device))?.[1]);
  if (!Number.isInteger(number)) return false;
  const ioctl = koffi.load('libc.so.6').func('int ioctl(int fd, uint64_t request, int64_t argument)');
  const control = await open('/dev/loop-control', 'r+');
  try {
    return Number(ioctl(control.fd, LOOP_CTL_REMOVE, number)) === 0;
  } finally {
    await control.close();
  }
}
