import type { ByteSource } from '../byteSource.ts';
import { type Detector, fileSize, type InspectionRequest, virtualSize } from '../detector.ts';
import { Fields } from '../fields.ts';
import { demand, RuleBroken } from '../rules.ts';
import { TableWalk } from '../tableWalk.ts';
import { checkVmdkDescriptor } from './vmdkDescriptor.ts';

const SECTOR = 512;
const HEADER_BYTES = 79;
const AT_END = 0xffff_ffff_ffff_ffffn;
const MOST_DESCRIPTOR_BYTES = 1024 * 1024;
const DESCRIPTOR_FILE = '# Disk DescriptorFile';
const MOST_DIRECTORY_ENTRIES = 8 * 1024 * 1024;
/** Position of the grain directory: the one field in which a footer may differ. */
const DIRECTORY_FIELD = 56;

/** VMware's disk in one sparse file; everything that names other files is refused. */
export const vmdk: Detector = {
  format: 'vmdk',
  matches: (source) => {
    const head = source.read(0, DESCRIPTOR_FILE.length).toString('latin1');
    return (
      head.startsWith('KDMV') ||
      head.startsWith('COWD') ||
      head.toLowerCase() === DESCRIPTOR_FILE.toLowerCase()
    );
  },
  inspect: inspectVmdk,
};

function inspectVmdk(source: ByteSource, request: InspectionRequest): number {
  const end = fileSize(source);
  const magic = source.read(0, 4).toString('latin1');
  if (magic === 'COWD') throw new RuleBroken('vmdk.version', 'of ESX 2');
  demand(magic === 'KDMV', 'vmdk.descriptor-file');
  const head = source.read(0, HEADER_BYTES);
  const header = new Fields(head, 'little', 'vmdk.truncated');
  const version = header.u32(4);
  demand(version >= 1 && version <= 3, 'vmdk.version', String(version));
  const descriptorBytes = header.position(36, 'vmdk.descriptor') * SECTOR;
  demand(header.u64(28) === 1n, 'vmdk.descriptor', 'it does not follow the header');
  demand(
    descriptorBytes > 0 && descriptorBytes <= MOST_DESCRIPTOR_BYTES,
    'vmdk.descriptor',
    `${descriptorBytes} bytes`,
  );
  demand(SECTOR + descriptorBytes <= end, 'vmdk.truncated', 'the descriptor');
  checkVmdkDescriptor(source.read(SECTOR, descriptorBytes));
  // Without a capacity the descriptor alone would say which files to open.
  const capacity = header.u64(12);
  demand(capacity > 0n, 'vmdk.header', 'no capacity');
  const sizeBytes = virtualSize(capacity * BigInt(SECTOR), request);

  const grain = header.position(20, 'vmdk.header');
  const perTable = header.u32(44);
  demand(
    grain > 0 && Number.isInteger(Math.log2(grain)) && grain <= 0x20_0000,
    'vmdk.header',
    `grains of ${grain} sectors`,
  );
  demand(perTable > 0 && perTable <= 512, 'vmdk.header', `${perTable} entries in a grain table`);
  demand(header.u16(77) <= 1, 'vmdk.header', 'the compression');
  const tables = Math.ceil(Number(capacity) / (grain * perTable));
  demand(tables <= MOST_DIRECTORY_ENTRIES, 'vmdk.header', `${tables} grain tables`);
  const directory = directoryOffset(source, head, end);
  demand(directory + tables * 4 <= end, 'vmdk.truncated', 'the grain directory');
  walkGrains(source, { directory, tables, perTable, end });
  return sizeBytes;
}

/** Streams that were written in one go have the position of the directory in a footer, else a copy of the header. */
function directoryOffset(source: ByteSource, head: Buffer, end: number): number {
  const stated = new Fields(head, 'little', 'vmdk.header');
  if (stated.u64(DIRECTORY_FIELD) !== AT_END) return stated.position(DIRECTORY_FIELD, 'vmdk.header') * SECTOR;
  // qemu counts from the end of the last sector: where that is not the end of the file, it finds another footer.
  demand(end % SECTOR === 0, 'vmdk.footer', 'the file is no whole number of sectors');
  const bytes = source.read(Math.max(0, end - 2 * SECTOR), HEADER_BYTES);
  demand(bytes.length === HEADER_BYTES && end > 4 * SECTOR, 'vmdk.footer', 'missing');
  const footer = new Fields(bytes, 'little', 'vmdk.footer');
  const same =
    head.subarray(0, DIRECTORY_FIELD).equals(bytes.subarray(0, DIRECTORY_FIELD)) &&
    head.subarray(DIRECTORY_FIELD + 8).equals(bytes.subarray(DIRECTORY_FIELD + 8));
  demand(same && footer.u64(DIRECTORY_FIELD) !== AT_END, 'vmdk.footer');
  return footer.position(DIRECTORY_FIELD, 'vmdk.footer') * SECTOR;
}

function walkGrains(
  source: ByteSource,
  { directory, tables, perTable, end }: { directory: number; tables: number; perTable: number; end: number },
): void {
  const walk = new TableWalk(source);
  let whole = true;
  const visitTable = (table: Buffer): void => {
    for (let at = 0; at < table.length; at += 4)
      demand(table.readUInt32LE(at) * SECTOR < end, 'vmdk.truncated', 'a grain');
  };
  walk.visit(directory, tables, 4, 'vmdk.truncated', (piece) => {
    for (let at = 0; at < piece.length && whole; at += 4) {
      const table = piece.readUInt32LE(at) * SECTOR;
      if (table === 0) continue;
      demand(table + perTable * 4 <= end, 'vmdk.truncated', 'a grain table');
      whole = walk.visit(table, perTable, 4, 'vmdk.truncated', visitTable);
    }
  });
}
