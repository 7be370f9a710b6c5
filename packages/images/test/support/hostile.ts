import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DiskFormat, ImageErrorCode, InspectionRule } from '../../src/index.ts';
import { noise, qemuImg, sparseFile } from './files.ts';

/** What hostile images are made of. */
export interface Workshop {
  readonly directory: string;
  /** A file of the host whose content must never be seen. */
  readonly canary: string;
}

/** An image that must be refused. */
export interface HostileCase {
  readonly name: string;
  readonly declared: DiskFormat;
  readonly rule: InspectionRule;
  /** Default UNSAFE_IMAGE. */
  readonly code?: ImageErrorCode;
  readonly make: (workshop: Workshop, path: string) => void;
}

const MIB = 1024 * 1024;

/** A well-made image of a disk of 2 MiB with data in it. */
export function wellMade({ directory }: Workshop, path: string, ...make: string[]): void {
  const raw = join(directory, 'raw');
  sparseFile(raw, 2 * MIB, [
    { offset: 0, data: noise(300_000, 7) },
    { offset: MIB, data: noise(100_000, 8) },
  ]);
  qemuImg('convert', '-f', 'raw', ...make, raw, path);
}

/** Changes bytes of a file. */
function edit(path: string, change: (bytes: Buffer) => Buffer | undefined): void {
  const bytes = readFileSync(path);
  writeFileSync(path, change(bytes) ?? bytes);
}

function madeThen(
  make: readonly string[],
  change: (bytes: Buffer, workshop: Workshop) => Buffer | undefined,
): HostileCase['make'] {
  return (workshop, path) => {
    wellMade(workshop, path, ...make);
    edit(path, (bytes) => change(bytes, workshop));
  };
}

/** Makes one field different. */
function field(
  make: readonly string[],
  write: 'writeUInt32BE' | 'writeUInt32LE' | 'writeUInt16LE' | 'writeUInt8',
  value: number,
  offset: number,
): HostileCase['make'] {
  return madeThen(make, (bytes) => {
    bytes[write](value, offset);
    return undefined;
  });
}

const q2 = ['-O', 'qcow2'];
const old = ['-O', 'qcow2', '-o', 'compat=0.10'];
const vmdk = ['-O', 'vmdk'];
const vdi = ['-O', 'vdi'];
const vhd = ['-O', 'vpc'];
const vhdx = ['-O', 'vhdx'];
const CHECKSUM = 64;

/** A descriptor in place of the one that qemu-img wrote, which is in the second sector. */
function descriptor(change: (text: string, workshop: Workshop) => string): HostileCase['make'] {
  return madeThen(vmdk, (bytes, workshop) => {
    const space = bytes.subarray(512, 512 + 20 * 512);
    const text = change(space.toString('latin1', 0, space.indexOf(0)), workshop);
    space.fill(0);
    space.write(text, 'latin1');
    return undefined;
  });
}

/** Where a VHDX says things: the GUID of an item, as it is stored, is followed by where it is. */
function vhdxEntry(bytes: Buffer, guid: string): number {
  return bytes.indexOf(Buffer.from(guid, 'hex'));
}

/** A header of VHD with another value, its checksum right again. */
function resum(bytes: Buffer, start: number): void {
  bytes.writeUInt32BE(0, start + CHECKSUM);
  const sum = bytes.subarray(start, start + 512).reduce((total, byte) => total + byte, 0);
  bytes.writeUInt32BE(~sum >>> 0, start + CHECKSUM);
}

const VHDX_METADATA = '06a27c8b90479a4bb8fe575f050f886e';
const VHDX_PARAMETERS = '3767a1ca36fa434db3b633f0aa44e76b';
const VHDX_SECTOR = '1dbf41816fa90947ba47f233a8faab5f';
const VHDX_PARENT = '2d5fd3a80bb34d45abf7d3d84834ab0c';

/** Every rule, by at least one image that breaks it. */
export const hostileCases: readonly HostileCase[] = [
  {
    name: 'a qcow2 with a file of the host as backing file',
    declared: 'qcow2',
    rule: 'qcow2.backing-file',
    make: ({ canary }, path) =>
      void qemuImg('create', '-q', '-f', 'qcow2', '-u', '-b', canary, '-F', 'raw', path, '2M'),
  },
  {
    name: 'a qcow2 v2 with a backing file',
    declared: 'qcow2',
    rule: 'qcow2.backing-file',
    make: ({ canary }, path) =>
      void qemuImg(
        'create',
        '-q',
        '-f',
        'qcow2',
        '-o',
        'compat=0.10',
        '-u',
        '-b',
        canary,
        '-F',
        'raw',
        path,
        '2M',
      ),
  },
  {
    name: 'a qcow2 with json: as backing file',
    declared: 'qcow2',
    rule: 'qcow2.backing-file',
    make: ({ canary }, path) =>
      void qemuImg(
        'create',
        '-q',
        '-f',
        'qcow2',
        '-u',
        '-b',
        `json:{"driver":"raw","file":{"driver":"file","filename":"${canary}"}}`,
        '-F',
        'raw',
        path,
        '2M',
      ),
  },
  {
    name: 'a qcow2 with nbd: as backing file',
    declared: 'qcow2',
    rule: 'qcow2.backing-file',
    make: (_, path) =>
      void qemuImg('create', '-q', '-f', 'qcow2', '-u', '-b', 'nbd:127.0.0.1:10809', '-F', 'raw', path, '2M'),
  },
  {
    name: 'a qcow2 whose backing file has no name',
    declared: 'qcow2',
    rule: 'qcow2.backing-file',
    make: field(q2, 'writeUInt32BE', 200, 12),
  },
  {
    name: 'a qcow2 with its data in a file of the host',
    declared: 'qcow2',
    rule: 'qcow2.data-file',
    make: ({ directory, canary }, path) => {
      const data = join(directory, 'data');
      copyFileSync(canary, data);
      qemuImg('create', '-q', '-f', 'qcow2', '-o', `data_file=${data},data_file_raw=on`, path, '1M');
      edit(path, (bytes) =>
        Buffer.from(
          bytes
            .toString('latin1')
            .replace(data.padEnd(data.length), canary.slice(-data.length).padStart(data.length, '/')),
          'latin1',
        ),
      );
    },
  },
  {
    name: 'a qcow2 with the name of a data file, and no such feature',
    declared: 'qcow2',
    rule: 'qcow2.data-file',
    make: madeThen(q2, (bytes, { canary }) => {
      const at = bytes.readUInt32BE(100);
      bytes.writeUInt32BE(0x44415441, at);
      bytes.writeUInt32BE(canary.length, at + 4);
      bytes.write(canary, at + 8);
      return undefined;
    }),
  },
  {
    name: 'a qcow2 with an unknown incompatible feature',
    declared: 'qcow2',
    rule: 'qcow2.features',
    make: field(q2, 'writeUInt32BE', 1 << 5, 76),
  },
  {
    name: 'a qcow2 with the highest incompatible feature',
    declared: 'qcow2',
    rule: 'qcow2.features',
    make: field(q2, 'writeUInt32BE', 0x8000_0000, 72),
  },
  {
    name: 'a qcow2 with an unknown compression',
    declared: 'qcow2',
    rule: 'qcow2.features',
    make: field(['-O', 'qcow2', '-o', 'compression_type=zstd'], 'writeUInt8', 2, 104),
  },
  {
    name: 'a qcow2 that is marked as corrupt',
    declared: 'qcow2',
    rule: 'qcow2.corrupt',
    make: field(q2, 'writeUInt32BE', 2, 76),
  },
  {
    name: 'an encrypted qcow2',
    declared: 'qcow2',
    rule: 'qcow2.encrypted',
    make: field(q2, 'writeUInt32BE', 2, 32),
  },
  {
    name: 'a qcow2 with the header of an encryption',
    declared: 'qcow2',
    rule: 'qcow2.encrypted',
    make: madeThen(q2, (bytes) => {
      bytes.writeUInt32BE(0x0537be77, bytes.readUInt32BE(100));
      return undefined;
    }),
  },
  {
    name: 'a qcow2 of version 1',
    declared: 'qcow2',
    rule: 'qcow2.version',
    make: field(q2, 'writeUInt32BE', 1, 4),
  },
  {
    name: 'a qcow2 of version 4',
    declared: 'qcow2',
    rule: 'qcow2.version',
    make: field(q2, 'writeUInt32BE', 4, 4),
  },
  {
    name: 'a qcow2 with clusters of 2^31 bytes',
    declared: 'qcow2',
    rule: 'qcow2.header',
    make: field(q2, 'writeUInt32BE', 31, 20),
  },
  {
    name: 'a qcow2 with a header longer than its cluster',
    declared: 'qcow2',
    rule: 'qcow2.header',
    make: field(q2, 'writeUInt32BE', 0x7fff_fff8, 100),
  },
  {
    name: 'a qcow2 with an extension longer than its cluster',
    declared: 'qcow2',
    rule: 'qcow2.header',
    make: field(q2, 'writeUInt32BE', 0xffff_fff0, 108 + 8),
  },
  {
    name: 'a qcow2 with 2^29 L1 entries',
    declared: 'qcow2',
    rule: 'qcow2.tables',
    make: field(q2, 'writeUInt32BE', 2 ** 29, 36),
  },
  {
    name: 'a qcow2 with fewer L1 entries than its disk needs',
    declared: 'qcow2',
    rule: 'qcow2.tables',
    make: field(q2, 'writeUInt32BE', 0, 36),
  },
  {
    name: 'a qcow2 with its L1 table between clusters',
    declared: 'qcow2',
    rule: 'qcow2.tables',
    make: field(q2, 'writeUInt32BE', 0x30200, 44),
  },
  {
    name: 'a qcow2 with 2^31 reference count clusters',
    declared: 'qcow2',
    rule: 'qcow2.tables',
    make: field(q2, 'writeUInt32BE', 2 ** 31, 56),
  },
  {
    name: 'a qcow2 with a million snapshots',
    declared: 'qcow2',
    rule: 'qcow2.tables',
    make: field(q2, 'writeUInt32BE', 1_000_000, 60),
  },
  {
    name: 'a qcow2 that uses one L2 table twice',
    declared: 'qcow2',
    rule: 'qcow2.tables',
    make: madeThen(['-O', 'qcow2', '-o', 'cluster_size=4096'], (bytes) => {
      const l1 = Number(bytes.readBigUInt64BE(40));
      bytes.writeUInt32BE(2, 36);
      bytes.writeBigUInt64BE(4n * 1024n * 1024n, 24);
      bytes.copy(bytes, l1 + 8, l1, l1 + 8);
      return undefined;
    }),
  },
  {
    name: 'a qcow2 cut in its header',
    declared: 'qcow2',
    rule: 'qcow2.truncated',
    make: (workshop, path) => {
      wellMade(workshop, path, ...q2);
      truncateSync(path, 50);
    },
  },
  {
    name: 'a qcow2 cut in its tables',
    declared: 'qcow2',
    rule: 'qcow2.truncated',
    make: (workshop, path) => {
      wellMade(workshop, path, ...q2);
      truncateSync(path, 100_000);
    },
  },
  {
    name: 'a qcow2 cut in its data',
    declared: 'qcow2',
    rule: 'qcow2.truncated',
    make: (workshop, path) => {
      wellMade(workshop, path, ...q2);
      truncateSync(path, statSync(path).size - 150_000);
    },
  },
  {
    name: 'a qcow2 v2 cut in its data',
    declared: 'qcow2',
    rule: 'qcow2.truncated',
    make: (workshop, path) => {
      wellMade(workshop, path, ...old);
      truncateSync(path, statSync(path).size - 150_000);
    },
  },
  {
    name: 'a compressed qcow2 cut in its data',
    declared: 'qcow2',
    rule: 'qcow2.truncated',
    make: (workshop, path) => {
      wellMade(workshop, path, '-c', ...q2);
      truncateSync(path, statSync(path).size - 200_000);
    },
  },
  {
    name: 'a qcow2 larger than the volume by one sector',
    declared: 'qcow2',
    rule: 'any.virtual-size',
    code: 'IMAGE_TOO_LARGE',
    make: (_, path) => void qemuImg('create', '-q', '-f', 'qcow2', path, String(4 * MIB + 512)),
  },
  {
    name: 'a qcow2 of 2^63 bytes',
    declared: 'qcow2',
    rule: 'any.virtual-size',
    code: 'IMAGE_TOO_LARGE',
    make: field(q2, 'writeUInt32BE', 0x7fff_ffff, 24),
  },
  {
    name: 'a qcow2 that is no whole number of sectors',
    declared: 'qcow2',
    rule: 'any.size-granularity',
    make: field(q2, 'writeUInt32BE', 2 * MIB - 100, 28),
  },
  {
    name: 'a qcow2 that is declared to be raw',
    declared: 'raw',
    rule: 'any.declared-format',
    code: 'FORMAT_NOT_SUPPORTED',
    make: ({ canary }, path) =>
      void qemuImg('create', '-q', '-f', 'qcow2', '-u', '-b', canary, '-F', 'raw', path, '2M'),
  },
  {
    name: 'a raw disk that is declared to be qcow2',
    declared: 'qcow2',
    rule: 'any.declared-format',
    code: 'FORMAT_NOT_SUPPORTED',
    make: (_, path) => void sparseFile(path, MIB, []),
  },
  {
    name: 'a raw disk that is declared to be luks',
    declared: 'luks',
    rule: 'any.declared-format',
    code: 'FORMAT_NOT_SUPPORTED',
    make: (_, path) => void sparseFile(path, MIB, []),
  },
  {
    name: 'a vmdk that is declared to be vdi',
    declared: 'vdi',
    rule: 'any.declared-format',
    code: 'FORMAT_NOT_SUPPORTED',
    make: (workshop, path) => wellMade(workshop, path, ...vmdk),
  },
  {
    name: 'a qcow2 that is an ISO as well',
    declared: 'qcow2',
    rule: 'any.ambiguous',
    make: madeThen(q2, (bytes) => {
      bytes.write('CD001', 32_769);
      return undefined;
    }),
  },
  {
    name: 'a qcow2 that is a vdi as well',
    declared: 'qcow2',
    rule: 'any.ambiguous',
    make: field(q2, 'writeUInt32LE', 0xbeda107f, 0x40),
  },
  {
    name: 'a qed',
    declared: 'raw',
    rule: 'qed.unsupported',
    code: 'FORMAT_NOT_SUPPORTED',
    make: ({ canary }, path) =>
      void qemuImg('create', '-q', '-f', 'qed', '-u', '-b', canary, '-F', 'raw', path, '2M'),
  },
  {
    name: 'a luks of version 3',
    declared: 'luks',
    rule: 'luks.header',
    make: (_, path) =>
      writeFileSync(path, Buffer.concat([Buffer.from('LUKS\xba\xbe\0\x03', 'latin1'), Buffer.alloc(MIB)])),
  },

  {
    name: 'a vmdk whose extent is a file of the host',
    declared: 'vmdk',
    rule: 'vmdk.extent-path',
    make: descriptor((text, { canary }) => text.replace(/RW (\d+) SPARSE ".*"/, `RW $1 FLAT "${canary}" 0`)),
  },
  {
    name: 'a vmdk with a second extent beside it',
    declared: 'vmdk',
    rule: 'vmdk.extents',
    make: descriptor((text) => text.replace(/(RW \d+ SPARSE) "(.*)"/, '$1 "$2"\n$1 "other.vmdk"')),
  },
  {
    name: 'a vmdk with a flat extent',
    declared: 'vmdk',
    rule: 'vmdk.extents',
    make: descriptor((text) => text.replace('SPARSE', 'FLAT')),
  },
  {
    name: 'a vmdk without an extent',
    declared: 'vmdk',
    rule: 'vmdk.extents',
    make: descriptor((text) => text.replace(/RW .*/, '')),
  },
  {
    name: 'a vmdk of type monolithicFlat',
    declared: 'vmdk',
    rule: 'vmdk.create-type',
    make: descriptor((text) => text.replace('monolithicSparse', 'monolithicFlat')),
  },
  {
    name: 'a vmdk of no type',
    declared: 'vmdk',
    rule: 'vmdk.create-type',
    make: descriptor((text) => text.replace(/createType=.*/, '')),
  },
  {
    name: 'a vmdk with a parent',
    declared: 'vmdk',
    rule: 'vmdk.parent',
    make: descriptor((text) => text.replace('parentCID=ffffffff', 'parentCID=12345678')),
  },
  {
    name: 'a vmdk with the name of a parent',
    declared: 'vmdk',
    rule: 'vmdk.parent',
    make: descriptor((text, { canary }) => `${text}parentFileNameHint="${canary}"\n`),
  },
  {
    name: 'a vmdk with an unknown line',
    declared: 'vmdk',
    rule: 'vmdk.descriptor',
    make: descriptor((text) => `${text}changeTrackPath="x-ctk.vmdk"\n`),
  },
  {
    name: 'a vmdk whose descriptor is not ASCII',
    declared: 'vmdk',
    rule: 'vmdk.descriptor',
    make: descriptor((text) => `${text}# \xff\n`),
  },
  {
    name: 'a vmdk whose descriptor does not end',
    declared: 'vmdk',
    rule: 'vmdk.descriptor',
    make: descriptor((text) => text.padEnd(20 * 512, ' ')),
  },
  {
    name: 'a vmdk whose descriptor is elsewhere',
    declared: 'vmdk',
    rule: 'vmdk.descriptor',
    make: field(vmdk, 'writeUInt32LE', 8, 28),
  },
  {
    name: 'a vmdk with a descriptor of 2 MiB',
    declared: 'vmdk',
    rule: 'vmdk.descriptor',
    make: field(vmdk, 'writeUInt32LE', 4096, 36),
  },
  {
    name: 'a vmdk that is a descriptor only',
    declared: 'vmdk',
    rule: 'vmdk.descriptor-file',
    make: ({ canary }, path) =>
      writeFileSync(
        path,
        `# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 4096 FLAT "${canary}" 0\n`,
      ),
  },
  {
    name: 'a vmdk without a capacity',
    declared: 'vmdk',
    rule: 'vmdk.header',
    make: field(vmdk, 'writeUInt32LE', 0, 12),
  },
  {
    name: 'a vmdk with 2^31 entries in a grain table',
    declared: 'vmdk',
    rule: 'vmdk.header',
    make: field(vmdk, 'writeUInt32LE', 2 ** 31, 44),
  },
  {
    name: 'a vmdk of version 9',
    declared: 'vmdk',
    rule: 'vmdk.version',
    make: field(vmdk, 'writeUInt32LE', 9, 4),
  },
  {
    name: 'a vmdk that promises a footer',
    declared: 'vmdk',
    rule: 'vmdk.footer',
    make: madeThen(vmdk, (bytes) => {
      bytes.fill(0xff, 56, 64);
      return undefined;
    }),
  },
  {
    name: 'a vmdk whose footer has another capacity',
    declared: 'vmdk',
    rule: 'vmdk.footer',
    make: madeThen(vmdk, (bytes) => {
      const footer = Buffer.alloc(1024);
      bytes.copy(footer, 0, 0, 512);
      footer.writeUInt32LE(0, 12);
      bytes.fill(0xff, 56, 64);
      return Buffer.concat([bytes, footer]);
    }),
  },
  {
    name: 'a vmdk whose footer is another one for qemu, which counts from the end of the last sector',
    declared: 'vmdk',
    rule: 'vmdk.footer',
    make: madeThen(vmdk, (bytes) => {
      const footer = Buffer.alloc(1024);
      bytes.copy(footer, 0, 0, 256);
      bytes.copy(footer, 256, 0, 256);
      footer.writeUInt32LE(0x7fff_ffff, 256 + 12);
      bytes.fill(0xff, 56, 64);
      return Buffer.concat([bytes, Buffer.alloc(256), footer]);
    }),
  },
  {
    name: 'a vmdk cut in its data',
    declared: 'vmdk',
    rule: 'vmdk.truncated',
    make: (workshop, path) => {
      wellMade(workshop, path, ...vmdk);
      truncateSync(path, statSync(path).size - 200_000);
    },
  },

  {
    name: 'a vdi with a parent',
    declared: 'vdi',
    rule: 'vdi.parent',
    make: field(vdi, 'writeUInt32LE', 1, 0x1b8),
  },
  {
    name: 'a vdi of an unknown type',
    declared: 'vdi',
    rule: 'vdi.header',
    make: field(vdi, 'writeUInt32LE', 4, 0x4c),
  },
  {
    name: 'a vdi with a map smaller than its disk',
    declared: 'vdi',
    rule: 'vdi.header',
    make: field(vdi, 'writeUInt32LE', 1, 0x180),
  },
  {
    name: 'a vdi cut in its data',
    declared: 'vdi',
    rule: 'vdi.truncated',
    make: (workshop, path) => {
      wellMade(workshop, path, ...vdi);
      truncateSync(path, statSync(path).size - MIB - 1);
    },
  },
  {
    name: 'a vdi larger than the volume',
    declared: 'vdi',
    rule: 'any.virtual-size',
    code: 'IMAGE_TOO_LARGE',
    make: field(vdi, 'writeUInt32LE', 1, 0x174),
  },

  {
    name: 'a vhd with a parent',
    declared: 'vhd',
    rule: 'vhd.differencing',
    make: madeThen(vhd, (bytes) => {
      bytes.writeUInt32BE(4, 60);
      resum(bytes, 0);
      return undefined;
    }),
  },
  {
    name: 'a vhd with the identity of a parent',
    declared: 'vhd',
    rule: 'vhd.differencing',
    make: field(vhd, 'writeUInt8', 1, 512 + 40),
  },
  {
    name: 'a vhd with a wrong checksum',
    declared: 'vhd',
    rule: 'vhd.header',
    make: field(vhd, 'writeUInt8', 1, 100),
  },
  {
    name: 'a vhd with 16 blocks for 2^32',
    declared: 'vhd',
    rule: 'vhd.header',
    make: field(vhd, 'writeUInt32BE', 0, 512 + 28),
  },
  {
    name: 'a vhd cut in its data',
    declared: 'vhd',
    rule: 'vhd.truncated',
    make: (workshop, path) => {
      wellMade(workshop, path, ...vhd);
      truncateSync(path, 3000);
    },
  },
  {
    name: 'a fixed vhd whose footer is another one for qemu, which counts from the end of the last sector',
    declared: 'vhd',
    rule: 'vhd.header',
    make: madeThen([...vhd, '-o', 'subformat=fixed,force_size=on'], (bytes) => {
      const data = bytes.subarray(0, -512);
      const footer = bytes.subarray(-512);
      footer.copy(footer, 256, 0, 256);
      footer.writeBigUInt64BE(2n ** 40n, 256 + 48);
      resum(footer, 0);
      return Buffer.concat([data, Buffer.alloc(256), footer]);
    }),
  },
  {
    name: 'a fixed vhd with less data than it states',
    declared: 'vhd',
    rule: 'vhd.truncated',
    make: madeThen(['-O', 'vpc', '-o', 'subformat=fixed'], (bytes) => bytes.subarray(bytes.length - MIB)),
  },

  {
    name: 'a vhdx with a parent',
    declared: 'vhdx',
    rule: 'vhdx.parent',
    make: madeThen(vhdx, (bytes) => {
      const entry = vhdxEntry(bytes, VHDX_PARAMETERS);
      bytes.writeUInt32LE(2, entry - (entry % 65_536) + bytes.readUInt32LE(entry + 16) + 4);
      return undefined;
    }),
  },
  {
    name: 'a vhdx with the name of a parent',
    declared: 'vhdx',
    rule: 'vhdx.parent',
    make: madeThen(vhdx, (bytes) => {
      bytes.write(VHDX_PARENT, vhdxEntry(bytes, VHDX_SECTOR), 'hex');
      return undefined;
    }),
  },
  {
    name: 'a vhdx without metadata',
    declared: 'vhdx',
    rule: 'vhdx.regions',
    make: madeThen(vhdx, (bytes) => {
      bytes.fill(0, 192 * 1024 + 8, 192 * 1024 + 12);
      return undefined;
    }),
  },
  {
    name: 'a vhdx with 2^31 metadata items',
    declared: 'vhdx',
    rule: 'vhdx.metadata',
    make: madeThen(vhdx, (bytes) => {
      const entry = vhdxEntry(bytes, VHDX_SECTOR);
      bytes.writeUInt16LE(0xffff, entry - (entry % 65_536) + 10);
      return undefined;
    }),
  },
  {
    name: 'a vhdx without a header',
    declared: 'vhdx',
    rule: 'vhdx.header',
    make: madeThen(vhdx, (bytes) => {
      bytes.fill(0, 65_536, 65_540);
      bytes.fill(0, 131_072, 131_076);
      return undefined;
    }),
  },
  {
    name: 'a vhdx whose metadata lie outside',
    declared: 'vhdx',
    rule: 'vhdx.truncated',
    make: madeThen(vhdx, (bytes) => {
      bytes.writeUInt32LE(0x7000_0000, bytes.indexOf(Buffer.from(VHDX_METADATA, 'hex')) + 16);
      return undefined;
    }),
  },
  {
    name: 'a vhdx cut in its headers',
    declared: 'vhdx',
    rule: 'vhdx.truncated',
    make: (workshop, path) => {
      wellMade(workshop, path, ...vhdx);
      truncateSync(path, 100_000);
    },
  },
];
