import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { ContractError, type Identity } from '@scoria/core/contract';
import type { AttachedDevice } from '@scoria/initiator';

/**
 * What the data mover can prove of an attached device. The kernel shows the serial number of its own SCSI disks; the device of the
 * userland connector, whose serial number the connector has proven, is known to the kernel as a file, or a loop device on one.
 *
 * @throws ContractError DEVICE_UNAVAILABLE when the device is not there
 */
export async function deviceIdentity(
  device: Pick<AttachedDevice, 'connector' | 'path' | 'type' | 'identity'>,
  sysfs = '/sys',
): Promise<Identity> {
  if (device.connector !== 'userland') return device.identity;
  try {
    const file = device.type === 'file' ? device.path : await backingFile(device.path, sysfs);
    const { dev, ino } = await stat(file, { bigint: true });
    return { type: 'inode', dev: String(dev), ino: String(ino) };
  } catch (error) {
    throw new ContractError(
      'DEVICE_UNAVAILABLE',
      `${device.path} is gone right after it was attached: ${error instanceof Error ? error.message : String(error)}. Nothing was read or written.`,
      { cause: error },
    );
  }
}

/** losetup(8): the file behind a loop device. */
async function backingFile(path: string, sysfs: string): Promise<string> {
  return (await readFile(`${sysfs}/block/${basename(path)}/loop/backing_file`, 'utf8')).trim();
}
