import { type BigIntStats, fstatSync } from 'node:fs';
import { DataMoverError, type Side } from '../errors.ts';
import { ErrnoError } from '../libc/library.ts';
import { loopStatus } from '../libc/loopStatus.ts';
import { blockDeviceIdentity } from './blockDevice.ts';
import { deviceNumber } from './deviceNumber.ts';
import { describeIdentity, type Identity } from './identity.ts';

/**
 * Proves that an open descriptor is what it should be.
 *
 * @throws DataMoverError IDENTITY_MISMATCH when it is something else, IDENTITY_UNPROVEN when nothing says what it is
 */
export function proveIdentity(fd: number, expected: Identity, side: Side, path: string): void {
  const stats = fstatSync(fd, { bigint: true });
  const actual = stats.isBlockDevice()
    ? ofBlockDevice(fd, stats, expected.type)
    : ofFile(stats, expected.type);
  if (actual === undefined) {
    throw new DataMoverError(
      'IDENTITY_UNPROVEN',
      `${side} ${path} cannot be proven to be ${describeIdentity(expected)}: it shows no ${expected.type}`,
      { side, path },
    );
  }
  if (!sameIdentity(actual, expected)) {
    throw new DataMoverError(
      'IDENTITY_MISMATCH',
      `${side} ${path} is ${describeIdentity(actual)}, not ${describeIdentity(expected)}`,
      { side, path },
    );
  }
}

function ofFile(stats: BigIntStats, type: Identity['type']): Identity | undefined {
  return type === 'inode' ? { type, dev: String(stats.dev), ino: String(stats.ino) } : undefined;
}

function ofBlockDevice(fd: number, stats: BigIntStats, type: Identity['type']): Identity | undefined {
  if (type === 'inode') return ofLoopDevice(fd);
  const { major, minor } = deviceNumber(stats.rdev);
  const { serial, naa, dmUuid } = blockDeviceIdentity(major, minor);
  if (type === 'dm') return dmUuid === undefined ? undefined : { type, uuid: dmUuid };
  if (type === 'serial') return serial === undefined ? undefined : { type, serial };
  return naa === undefined ? undefined : { type, naa };
}

/** A loop device is its backing file only when it shows all of it. */
function ofLoopDevice(fd: number): Identity | undefined {
  try {
    const { dev, ino, offset, sizeLimit } = loopStatus(fd);
    return offset === 0n && sizeLimit === 0n
      ? { type: 'inode', dev: String(dev), ino: String(ino) }
      : undefined;
  } catch (error) {
    if (error instanceof ErrnoError) return undefined; // not a loop device, or one without a file
    throw error;
  }
}

function sameIdentity(a: Identity, b: Identity): boolean {
  if (a.type === 'inode') return b.type === 'inode' && a.dev === b.dev && a.ino === b.ino;
  if (a.type === 'serial') return b.type === 'serial' && a.serial === b.serial.trim();
  if (a.type === 'dm') return b.type === 'dm' && a.uuid === b.uuid;
  return b.type === 'naa' && a.naa === b.naa.toLowerCase();
}
