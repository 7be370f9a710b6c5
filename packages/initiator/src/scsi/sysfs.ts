import { access, readdir, readFile, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Identity } from '@scoria/core/contract';
import type { Budget } from '../budget.ts';
import type { ScsiAddress, ScsiDisk } from './scsiDisk.ts';
import { tellKernel } from './tellKernel.ts';

/** What a disk shows of itself. */
export interface ShownIdentity {
  readonly matches: boolean;
  /** Empty: it shows nothing of that kind. */
  readonly shown: string;
}

/** The kernel's view of SCSI disks, below a sysfs mounted anywhere. */
export class ScsiSysfs {
  readonly root: string;
  readonly deviceDirectory: string;

  constructor(root = '/sys', deviceDirectory = '/dev') {
    this.root = root;
    this.deviceDirectory = deviceDirectory;
  }

  /** What to open. */
  path(disk: Pick<ScsiDisk, 'name'>): string {
    return join(this.deviceDirectory, disk.name);
  }

  /** Makes the kernel look for exactly one LUN. @throws CommandError */
  async scan({ host, channel, target }: ScsiAddress, lun: number, budget: Budget): Promise<void> {
    const file = join(this.root, 'class/scsi_host', `host${host}`, 'scan');
    await tellKernel(file, `${channel} ${target} ${lun}`, budget);
  }

  /**
   * The disks of a SCSI target (`…/targetH:C:T`), sorted by name. One that the kernel is still making is left out: its directory
   * is there before `/sys/block` and `/dev` have it, and what is read through those would be missing.
   */
  async disksBelow(target: string): Promise<ScsiDisk[]> {
    const found: ScsiDisk[] = [];
    for (const address of await names(target)) {
      const lun = /^\d+:\d+:\d+:(\d+)$/.exec(address)?.[1];
      if (lun === undefined) continue;
      const device = join(target, address);
      for (const name of await names(join(device, 'block'))) {
        const disk = { name, lun: Number(lun), device };
        if (await this.#isComplete(disk)) found.push(disk);
      }
    }
    return found.sort((a, b) => a.name.localeCompare(b.name));
  }

  /** The SCSI disk of that kernel name; null when it is none, or gone. */
  async disk(name: string): Promise<ScsiDisk | null> {
    const device = await realpath(join(this.root, 'block', name, 'device')).catch(() => null);
    const lun = device === null ? undefined : /^\d+:\d+:\d+:(\d+)$/.exec(basename(device))?.[1];
    return device === null || lun === undefined ? null : { name, lun: Number(lun), device };
  }

  /** Whether the kernel has a block device of that name. */
  async exists(name: string): Promise<boolean> {
    return isThere(join(this.root, 'block', name));
  }

  /** Whether the disk is gone, its node in `/dev` too. */
  async isGone(disk: ScsiDisk): Promise<boolean> {
    return (
      !(await isThere(disk.device)) && !(await this.exists(disk.name)) && !(await isThere(this.path(disk)))
    );
  }

  /** Bytes; 0 when it is gone. */
  async sizeOf(name: string): Promise<number> {
    // sysfs counts sectors of 512 bytes whatever the block size is.
    return Number(await text(join(this.root, 'block', name, 'size'))) * 512;
  }

  /** Whether commands reach it: `running`, not blocked or offline while its transport is down. */
  async isRunning(disk: ScsiDisk): Promise<boolean> {
    return (await text(join(disk.device, 'state'))) === 'running';
  }

  /** Makes the kernel ask the LUN again: capacity and identity pages are cached otherwise. @throws CommandError */
  async rescan(disk: ScsiDisk, budget: Budget): Promise<void> {
    await tellKernel(join(disk.device, 'rescan'), '1', budget);
  }

  /** Makes the kernel forget the disk, after it has sent what the disk's cache holds. @throws CommandError */
  async remove(disk: ScsiDisk, budget: Budget): Promise<void> {
    await tellKernel(join(disk.device, 'delete'), '1', budget);
  }

  /** The world wide identifier, such as `naa.6001405…`; empty when it has none. */
  async wwidOf(disk: ScsiDisk): Promise<string> {
    return text(join(disk.device, 'wwid'));
  }

  /** What the disk shows; null while the kernel has not asked it yet. */
  async shows(disk: ScsiDisk, identity: Identity): Promise<ShownIdentity | null> {
    if (identity.type === 'serial') {
      const page = await readFile(join(disk.device, 'vpd_pg80')).catch(() => null);
      if (page === null) return null;
      const shown = serialIn(page);
      return { matches: shown === identity.serial, shown };
    }
    if (identity.type === 'naa') {
      const shown = (await this.wwidOf(disk)).replace(/^naa\./, '').toLowerCase();
      return shown === '' ? null : { matches: shown === identity.naa.toLowerCase(), shown };
    }
    return { matches: false, shown: 'a SCSI disk' };
  }

  async #isComplete(disk: ScsiDisk): Promise<boolean> {
    return (await this.exists(disk.name)) && (await isThere(this.path(disk)));
  }
}

/** SPC-4 §7.8.16: four bytes of header with the length, then the serial in ASCII, padded by some. */
function serialIn(page: Buffer): string {
  if (page.length < 4) return '';
  return page
    .subarray(4, 4 + page.readUInt16BE(2))
    .toString('latin1')
    .replace(/^[\0 ]+|[\0 ]+$/g, '');
}

/** Sorted names; none when there is no such directory. */
export async function names(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

/** The word in a file of sysfs; empty when there is no such file. */
export async function text(file: string): Promise<string> {
  return (await readFile(file, 'utf8').catch(() => '')).trim();
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
