import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What sysfs says a block device is. */
export interface BlockDeviceIdentity {
  /** Unit serial number; undefined when the device shows none. */
  readonly serial: string | undefined;
  /** NAA designator, lower case, without its prefix; undefined when the device shows none. */
  readonly naa: string | undefined;
  /** UUID of a device-mapper device; undefined when it is none, or has none. */
  readonly dmUuid: string | undefined;
}

/**
 * Reads a block device's identity from sysfs (sysfs-block, sysfs-bus-scsi: what the kernel itself asked the device).
 * A multipath map is what **all** of its paths are; a partition is nothing, because its disk's identity does not say where it is.
 *
 * @param sysfs mount point of sysfs
 */
export function blockDeviceIdentity(major: number, minor: number, sysfs = '/sys'): BlockDeviceIdentity {
  return identityIn(join(sysfs, 'dev/block', `${major}:${minor}`), 0);
}

function identityIn(directory: string, depth: number): BlockDeviceIdentity {
  if (readText(join(directory, 'partition')) !== undefined)
    return { serial: undefined, naa: undefined, dmUuid: undefined };
  const dmUuid = readText(join(directory, 'dm/uuid'));
  if (depth === 0 && dmUuid?.startsWith('mpath-')) return { ...multipathIdentity(directory), dmUuid };
  return {
    // SCSI; NVMe; virtio.
    serial:
      pageSerial(readBytes(join(directory, 'device/vpd_pg80'))) ??
      readText(join(directory, 'device/serial')) ??
      readText(join(directory, 'serial')),
    naa: naaOf(readText(join(directory, 'device/wwid'))),
    dmUuid,
  };
}

function multipathIdentity(directory: string): Pick<BlockDeviceIdentity, 'serial' | 'naa'> {
  const slaves = join(directory, 'slaves');
  const paths = readdirSync(slaves).map((name) => identityIn(join(slaves, name), 1));
  return { serial: common(paths.map((path) => path.serial)), naa: common(paths.map((path) => path.naa)) };
}

function common(values: readonly (string | undefined)[]): string | undefined {
  const [first] = values;
  return values.every((value) => value === first) ? first : undefined;
}

/** SPC-4 §7.8.16: peripheral, page code 0x80, length (two bytes), serial in ASCII. */
function pageSerial(page: Buffer | undefined): string | undefined {
  if (page === undefined || page.length < 4 || page[1] !== 0x80) return undefined;
  return blankAsAbsent(page.subarray(4, 4 + page.readUInt16BE(2)).toString('latin1'));
}

function naaOf(wwid: string | undefined): string | undefined {
  return wwid?.startsWith('naa.') ? wwid.slice(4).toLowerCase() : undefined;
}

function readText(path: string): string | undefined {
  const bytes = readBytes(path);
  return bytes === undefined ? undefined : blankAsAbsent(bytes.toString('latin1'));
}

function blankAsAbsent(text: string): string | undefined {
  const trimmed = text.replace(/^[\s\0]+|[\s\0]+$/g, '');
  return trimmed === '' ? undefined : trimmed;
}

/** The file's content, or undefined where this kind of device has no such file (or will not tell: EINVAL, EIO). */
function readBytes(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
