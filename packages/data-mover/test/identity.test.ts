import { closeSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blockDeviceIdentity } from '../src/identity/blockDevice.ts';
import type { Identity } from '../src/identity/identity.ts';
import { proveIdentity } from '../src/identity/proveIdentity.ts';
import { inodeOf } from './files.ts';
import { attachLoop, here, noLoopDevices } from './filesystems.ts';

function prove(path: string, identity: Identity): void {
  const fd = openSync(path, 'r');
  try {
    proveIdentity(fd, identity, 'source', path);
  } finally {
    closeSync(fd);
  }
}

function file(name: string): string {
  const path = join(here.path, name);
  writeFileSync(path, Buffer.alloc(65536));
  return path;
}

const code = (expected: string): Error => expect.objectContaining({ code: expected }) as Error;

describe('identity of a file', () => {
  it('is its inode', () => {
    const path = file('one');
    expect(() => prove(path, inodeOf(path))).not.toThrow();
    expect(() => prove(path, inodeOf(file('two')))).toThrow(code('IDENTITY_MISMATCH'));
    const inode = inodeOf(path);
    if (inode.type === 'inode')
      expect(() => prove(path, { ...inode, dev: '1' })).toThrow(code('IDENTITY_MISMATCH'));
  });

  it('is not proven by a serial', () => {
    expect(() => prove(file('three'), { type: 'serial', serial: 'abc' })).toThrow(code('IDENTITY_UNPROVEN'));
  });
});

describe('identity of a loop device', () => {
  it.skipIf(noLoopDevices)('is its whole backing file', () => {
    const path = file('backing');
    const loop = attachLoop(path);
    try {
      expect(() => prove(loop.path, inodeOf(path))).not.toThrow();
      expect(() => prove(loop.path, inodeOf(file('other')))).toThrow(code('IDENTITY_MISMATCH'));
      expect(() => prove(loop.path, { type: 'serial', serial: 'abc' })).toThrow(code('IDENTITY_UNPROVEN'));
      expect(() => prove(loop.path, { type: 'naa', naa: '6001405abcdef012' })).toThrow(
        code('IDENTITY_UNPROVEN'),
      );
    } finally {
      loop.detach();
    }
  });
});

describe('identity of a block device', () => {
  /** A tree with the files that the kernel makes for each kind of device. */
  function sysfs(): string {
    const root = join(here.path, 'sys');
    const device = (number: string, name: string, files: Record<string, string | Buffer>): string => {
      const directory = join(root, 'devices', name);
      for (const [path, content] of Object.entries(files)) {
        mkdirSync(join(directory, path, '..'), { recursive: true });
        writeFileSync(join(directory, path), content);
      }
      mkdirSync(join(root, 'dev/block'), { recursive: true });
      symlinkSync(directory, join(root, 'dev/block', number));
      return directory;
    };
    const page = (serial: string): Buffer =>
      Buffer.concat([Buffer.from([0, 0x80, 0, serial.length]), Buffer.from(serial)]);
    const scsi = (serial: string, naa: string): Record<string, Buffer | string> => ({
      'device/vpd_pg80': page(serial),
      'device/wwid': `naa.${naa}\n`,
    });
    const a = device('8:0', 'sda', scsi('  SER-A ', '6001405AAAAAAAAA'));
    const b = device('8:16', 'sdb', scsi('SER-A', '6001405aaaaaaaaa'));
    const c = device('8:32', 'sdc', scsi('SER-C', '6001405cccccccc0'));
    device('8:1', 'sda1', { ...scsi('SER-A', '6001405AAAAAAAAA'), partition: '1\n' });
    device('252:0', 'vda', { serial: 'virtio-serial' });
    device('259:0', 'nvme0n1', { 'device/serial': 'NVME123  \n', 'device/wwid': 'eui.0025388' });
    const good = device('253:0', 'dm-0', { 'dm/uuid': 'mpath-36001405aaaaaaaaa\n' });
    const mixed = device('253:1', 'dm-1', { 'dm/uuid': 'mpath-3x\n' });
    device('253:2', 'dm-2', { 'dm/uuid': 'LVM-abc\n' });
    for (const map of [good, mixed]) mkdirSync(join(map, 'slaves'));
    for (const [name, target] of [
      ['sda', a],
      ['sdb', b],
    ] as const)
      symlinkSync(target, join(good, 'slaves', name));
    for (const [name, target] of [
      ['sda', a],
      ['sdc', c],
    ] as const)
      symlinkSync(target, join(mixed, 'slaves', name));
    return root;
  }

  it('is what sysfs says, for each kind', () => {
    const root = sysfs();
    const of = (major: number, minor: number): object => blockDeviceIdentity(major, minor, root);
    expect(of(8, 0)).toEqual({ serial: 'SER-A', naa: '6001405aaaaaaaaa' });
    expect(of(252, 0)).toEqual({ serial: 'virtio-serial', naa: undefined });
    expect(of(259, 0)).toEqual({ serial: 'NVME123', naa: undefined });
    expect(of(253, 0)).toEqual({
      serial: 'SER-A',
      naa: '6001405aaaaaaaaa',
      dmUuid: 'mpath-36001405aaaaaaaaa',
    });
    const nothing = { serial: undefined, naa: undefined };
    expect(of(8, 1)).toEqual(nothing); // a partition
    expect(of(253, 1)).toEqual({ ...nothing, dmUuid: 'mpath-3x' }); // a map whose paths disagree
    expect(of(253, 2)).toEqual({ ...nothing, dmUuid: 'LVM-abc' }); // a logical volume
    expect(of(9, 9)).toEqual(nothing); // no such device
  });

  const disk = realDisk();
  it.skipIf(disk === undefined)('is right on a real disk of this machine', () => {
    if (disk === undefined) return;
    expect(() => prove(disk.path, { type: 'serial', serial: disk.serial })).not.toThrow();
    expect(() => prove(disk.path, { type: 'serial', serial: `${disk.serial}x` })).toThrow(
      code('IDENTITY_MISMATCH'),
    );
  });
});

/** A virtio disk with a serial that may be read here, if any. */
function realDisk(): { path: string; serial: string } | undefined {
  try {
    const serial = readFileSync('/sys/block/vda/serial', 'latin1').trim();
    closeSync(openSync('/dev/vda', 'r'));
    return serial === '' ? undefined : { path: '/dev/vda', serial };
  } catch (error) {
    console.warn(`SKIPPED the identity of a real disk: ${String(error)}`);
    return undefined;
  }
}
