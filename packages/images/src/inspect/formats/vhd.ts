import type { ByteSource } from '../byteSource.ts';
import { type Detector, fileSize, type InspectionRequest, virtualSize } from '../detector.ts';
import { Fields } from '../fields.ts';
import { demand } from '../rules.ts';
import { TableWalk } from '../tableWalk.ts';

const COOKIE = 'conectix';
const FOOTER_BYTES = 512;
const FIXED = 2;
const DYNAMIC = 3;
const DIFFERENCING = 4;
const UNUSED = 0xffff_ffff;

/**
 * Virtual PC's disk, dynamic or fixed. A fixed one is a raw disk with a footer, so it is only looked for where it was declared:
 * whoever says raw gets the footer as bytes of the disk.
 */
export const vhd: Detector = {
  format: 'vhd',
  matches: (source, { declared }) =>
    isFooter(source.read(0, 8)) || (declared === 'vhd' && hasFooterAtEnd(source)),
  inspect: (source, request) =>
    isFooter(source.read(0, 8)) ? inspectDynamic(source, request) : inspectFixed(source, request),
};

function isFooter(bytes: Buffer): boolean {
  return bytes.subarray(0, 8).toString('latin1') === COOKIE;
}

function hasFooterAtEnd(source: ByteSource): boolean {
  const { sizeBytes } = source;
  return (
    sizeBytes !== null && sizeBytes >= FOOTER_BYTES && isFooter(source.read(sizeBytes - FOOTER_BYTES, 8))
  );
}

function inspectFixed(source: ByteSource, request: InspectionRequest): number {
  const end = fileSize(source);
  // qemu counts from the end of the last sector: where that is not the end of the file, it finds another footer.
  demand(end % FOOTER_BYTES === 0, 'vhd.header', 'the file is no whole number of sectors');
  const footer = readFooter(source, end - FOOTER_BYTES);
  const type = footer.u32(60);
  demand(type !== DIFFERENCING, 'vhd.differencing');
  demand(type === FIXED, 'vhd.header', `disk type ${type} with a footer only`);
  const sizeBytes = virtualSize(footer.u64(48), request);
  demand(sizeBytes + FOOTER_BYTES <= end, 'vhd.truncated', 'the data');
  return sizeBytes;
}

function inspectDynamic(source: ByteSource, request: InspectionRequest): number {
  const end = fileSize(source);
  const footer = readFooter(source, 0);
  const type = footer.u32(60);
  demand(type !== DIFFERENCING, 'vhd.differencing');
  demand(type === DYNAMIC, 'vhd.header', `disk type ${type} with a header`);
  const sizeBytes = virtualSize(footer.u64(48), request);
  const headerOffset = footer.position(16);
  demand(headerOffset >= FOOTER_BYTES && headerOffset + 1024 <= end, 'vhd.truncated', 'the dynamic header');
  const header = new Fields(source.read(headerOffset, 1024), 'big', 'vhd.truncated');
  demand(header.text(0, 8) === 'cxsparse', 'vhd.header', 'no dynamic header');
  demand(isZero(header.bytes(40, 16)), 'vhd.differencing', 'a parent in the dynamic header');
  const tableOffset = header.position(16);
  const entries = header.u32(28);
  const blockBytes = header.u32(32);
  demand(
    blockBytes >= 512 && Number.isInteger(Math.log2(blockBytes)) && entries * blockBytes >= sizeBytes,
    'vhd.header',
    'the allocation table is smaller than the disk',
  );
  demand(
    tableOffset >= FOOTER_BYTES && tableOffset + entries * 4 <= end,
    'vhd.truncated',
    'the allocation table',
  );
  const used = Math.ceil(sizeBytes / blockBytes);
  // A bitmap of its sectors, of whole sectors itself, comes before each.
  const wholeBlock = blockBytes + Math.ceil(blockBytes / 512 / 8 / 512) * 512;
  new TableWalk(source).visit(tableOffset, used, 4, 'vhd.truncated', (piece) => {
    for (let at = 0; at < piece.length; at += 4) {
      const sector = piece.readUInt32BE(at);
      demand(sector === UNUSED || sector * 512 + wholeBlock <= end, 'vhd.truncated', 'a block');
    }
  });
  return sizeBytes;
}

/** The checksum is the complement of the sum of all other bytes. */
function readFooter(source: ByteSource, offset: number): Fields {
  const bytes = source.read(offset, FOOTER_BYTES);
  const footer = new Fields(bytes, 'big', 'vhd.truncated');
  const stated = footer.u32(64);
  const sum = bytes.reduce((total, byte, at) => (at >= 64 && at < 68 ? total : total + byte), 0);
  demand(~sum >>> 0 === stated, 'vhd.header', 'the checksum is wrong');
  return footer;
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
