import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Identity } from '@scoria/core/contract';

/** A SCSI address. Channel and target are null while the kernel has not made them. */
export interface ScsiAddress {
  readonly host: string;
  readonly channel: string | null;
  readonly target: string | null;
}

/** A SCSI disk of an iSCSI session. */
export interface SessionDisk {
  /** Kernel name, such as `sda`. */
  readonly name: string;
  readonly lun: number;
}

/** The kernel's view of iSCSI sessions, below a sysfs mounted anywhere. */
export class IscsiSysfs {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Where the LUNs of a session appear; null while the session has no host yet. */
  async addressOf(sessionId: string): Promise<ScsiAddress | null> {
    for (const host of await names(join(this.#root, 'class/iscsi_host'))) {
      const session = join(this.#root, 'class/iscsi_host', host, 'device', `session${sessionId}`);
      const inside = await readdir(session).catch(() => null);
      if (inside === null) continue;
      const match = inside
        .map((name) => /^target(\d+):(\d+):(\d+)$/.exec(name))
        .find((found) => found !== null);
      return { host: host.replace(/^host/, ''), channel: match?.[2] ?? null, target: match?.[3] ?? null };
    }
    return null;
  }

  /** Makes the kernel look for exactly one LUN. */
  async scan(address: ScsiAddress, lun: number): Promise<void> {
    const file = join(this.#root, 'class/scsi_host', `host${address.host}`, 'scan');
    await writeFile(file, `${address.channel ?? '-'} ${address.target ?? '-'} ${lun}`);
  }

  /** All disks of a session. */
  async disksOf(sessionId: string): Promise<SessionDisk[]> {
    const found: SessionDisk[] = [];
    for (const host of await names(join(this.#root, 'class/iscsi_host'))) {
      const session = join(this.#root, 'class/iscsi_host', host, 'device', `session${sessionId}`);
      for (const target of (await names(session)).filter((name) => name.startsWith('target'))) {
        for (const device of await names(join(session, target))) {
          const lun = /^\d+:\d+:\d+:(\d+)$/.exec(device)?.[1];
          if (lun === undefined) continue;
          const blocks = await names(join(session, target, device, 'block'));
          found.push(...blocks.map((name) => ({ name, lun: Number(lun) })));
        }
      }
    }
    return found.sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Bytes. */
  async sizeOf(name: string): Promise<number> {
    // sysfs counts sectors of 512 bytes whatever the block size is.
    return Number((await readFile(join(this.#root, 'block', name, 'size'), 'utf8')).trim()) * 512;
  }

  /** Makes the kernel ask the LUN again: capacity and identity pages are cached otherwise. */
  async rescan(name: string): Promise<void> {
    await writeFile(join(this.#root, 'block', name, 'device/rescan'), '1');
  }

  /** Makes the kernel forget the disk. */
  async remove(name: string): Promise<void> {
    await writeFile(join(this.#root, 'block', name, 'device/delete'), '1');
  }

  /** Whether the kernel has the disk. */
  async exists(name: string): Promise<boolean> {
    return (await readdir(join(this.#root, 'block', name)).catch(() => null)) !== null;
  }

  /** Whether the disk shows this identity, and what it shows instead. */
  async shows(
    name: string,
    identity: Identity,
  ): Promise<{ readonly matches: boolean; readonly shown: string }> {
    if (identity.type === 'serial') {
      const serial = (await this.#vitalPage(name, '80')).toString('latin1').replace(/^[\0 ]+|[\0 ]+$/g, '');
      return { matches: serial === identity.serial, shown: serial };
    }
    if (identity.type === 'naa') {
      const wwid = await readFile(join(this.#root, 'block', name, 'device/wwid'), 'utf8').catch(() => '');
      const shown = wwid
        .trim()
        .replace(/^naa\./, '')
        .toLowerCase();
      return { matches: shown === identity.naa.toLowerCase(), shown };
    }
    return { matches: false, shown: 'a SCSI disk' };
  }

  async #vitalPage(name: string, page: string): Promise<Buffer> {
    const data = await readFile(join(this.#root, 'block', name, 'device', `vpd_pg${page}`)).catch(() =>
      Buffer.alloc(0),
    );
    return data.length < 4 ? Buffer.alloc(0) : data.subarray(4, 4 + data.readUInt16BE(2));
  }
}

async function names(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}
