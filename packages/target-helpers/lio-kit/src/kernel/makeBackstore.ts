import { dirname } from 'node:path';
import type { Configfs } from '../configfs/configfs.ts';
import { isLioError } from '../configfs/errors.ts';
import { type Backstore, listBackstores, readBackstore } from './backstore.ts';
import type { Device } from './device.ts';

/** What a backstore is made of. */
export interface BackstoreSpec {
  readonly name: string;
  readonly device: Device;
  readonly serial: string;
  readonly writeCache: boolean;
  readonly thin: boolean;
}

const MAX_TRIES = 4_096;

/**
 * Makes a backstore and enables it, its serial set before anybody can see it. It has an adapter of its own, as those of
 * targetcli have: the tools that read configfs take an adapter for one backstore. A half-made one is taken back.
 *
 * @returns its path
 * @throws LioError REFUSED (the device is in use by somebody else), BUSY, FORBIDDEN
 */
export async function makeBackstore(fs: Configfs, spec: BackstoreSpec): Promise<string> {
  const adapter = await makeAdapter(fs, spec.device.kind === 'file' ? 'fileio' : 'iblock');
  const path = `${adapter}/${spec.name}`;
  try {
    await fs.makeDirectory(path);
    await configure(fs, path, spec);
  } catch (error) {
    await removeBackstore(fs, path);
    throw error;
  }
  return path;
}

/** Making a directory is atomic: whoever makes it has the number, among all processes of the host. */
async function makeAdapter(fs: Configfs, kind: 'fileio' | 'iblock'): Promise<string> {
  const taken = new Set((await fs.list('core')).map(({ name }) => name));
  for (let number = 0; number < taken.size + MAX_TRIES; number += 1) {
    const path = `core/${kind}_${number}`;
    if (!taken.has(`${kind}_${number}`) && (await fs.makeDirectory(path))) return path;
  }
  throw new RangeError(`there is no free number for a backstore in ${taken.size + MAX_TRIES}`);
}

async function configure(fs: Configfs, path: string, spec: BackstoreSpec): Promise<void> {
  const { device, serial, writeCache, thin } = spec;
  if (device.kind === 'file') {
    await fs.write(`${path}/control`, `fd_dev_name=${device.path},fd_dev_size=${device.size}`);
    // Without it LIO opens the file with O_DSYNC: every write waits for the disk.
    if (writeCache) await fs.write(`${path}/control`, 'fd_buffered_io=1');
  } else {
    await fs.write(`${path}/control`, `udev_path=${device.path}`);
  }
  await fs.write(`${path}/udev_path`, device.path);
  await fs.write(`${path}/wwn/vpd_unit_serial`, serial);
  await fs.write(`${path}/enable`, '1');
  if (device.kind === 'file' && writeCache) await fs.write(`${path}/attrib/emulate_write_cache`, '1');
  for (const attribute of thin ? ['emulate_tpu', 'emulate_tpws'] : []) {
    try {
      await fs.write(`${path}/attrib/${attribute}`, '1');
    } catch (error) {
      // The kernel refuses it where the device cannot take blocks back.
      if (!isLioError(error, 'REFUSED', 'ABSENT')) throw error;
    }
  }
}

/** Removes a backstore that no LUN has, and its adapter. Absent is success. @throws LioError BUSY */
export async function removeBackstore(fs: Configfs, path: string): Promise<void> {
  await fs.removeDirectory(path);
  try {
    await fs.removeDirectory(dirname(path));
  } catch (error) {
    // Somebody else's backstore is in it.
    if (!isLioError(error, 'BUSY')) throw error;
  }
}

/** The backstore of that name; undefined when there is none. */
export async function findBackstore(fs: Configfs, name: string): Promise<Backstore | undefined> {
  const found = (await listBackstores(fs)).find((each) => each.name === name);
  return found && readBackstore(fs, found.path);
}
