import type { ByteSource } from '../byteSource.ts';
import { type Detector, fileSize, type InspectionRequest, virtualSize } from '../detector.ts';
import { Fields } from '../fields.ts';
import { demand } from '../rules.ts';
import { TableWalk } from '../tableWalk.ts';
import { readVhdxMetadata } from './vhdxMetadata.ts';

const KIB = 1024;
const HEADER_OFFSETS = [64 * KIB, 128 * KIB];
const REGION_TABLE_OFFSET = 192 * KIB;
const REGION_TABLE_BYTES = 64 * KIB;
const MOST_REGIONS = 2047;
const BAT = '6677c22d23f600429d64115e9bfd4a08';
const METADATA = '06a27c8b90479a4bb8fe575f050f886e';
/** Payload block states (MS-VHDX 2.5.1.1) that have bytes in the file. */
const PRESENT = new Set([6, 7]);

/** Hyper-V's disk. The size is in the metadata region, which the region table names. */
export const vhdx: Detector = {
  format: 'vhdx',
  matches: (source) => source.read(0, 8).toString('latin1') === 'vhdxfile',
  inspect: inspectVhdx,
};

function inspectVhdx(source: ByteSource, request: InspectionRequest): number {
  const end = fileSize(source);
  demand(end >= REGION_TABLE_OFFSET + REGION_TABLE_BYTES, 'vhdx.truncated', 'the headers');
  demand(
    HEADER_OFFSETS.some((offset) => isHeader(source.read(offset, 80))),
    'vhdx.header',
  );
  const regions = readRegions(source, end);
  const metadata = readVhdxMetadata(source, regions.metadata);
  const sizeBytes = virtualSize(metadata.virtualSizeBytes, request);
  const { blockBytes, sectorBytes } = metadata;
  const blocks = Math.ceil(sizeBytes / blockBytes);
  // One entry for a sector bitmap follows the payload entries of each chunk.
  const chunk = (2 ** 23 * sectorBytes) / blockBytes;
  const entries = blocks === 0 ? 0 : blocks + Math.floor((blocks - 1) / chunk);
  demand(entries * 8 <= regions.bat.length, 'vhdx.regions', 'the allocation table is smaller than the disk');
  new TableWalk(source).visit(regions.bat.offset, entries, 8, 'vhdx.truncated', (piece) => {
    for (let at = 0; at < piece.length; at += 8) {
      if (!PRESENT.has(piece.readUInt8(at) & 7)) continue;
      const mebibytes = piece.readBigUInt64LE(at) >> 20n;
      demand(mebibytes * 1_048_576n < BigInt(end), 'vhdx.truncated', 'a block');
    }
  });
  return sizeBytes;
}

function isHeader(bytes: Buffer): boolean {
  return bytes.length === 80 && bytes.toString('latin1', 0, 4) === 'head' && bytes.readUInt16LE(66) === 1;
}

/** A region of the file. */
interface Region {
  readonly offset: number;
  readonly length: number;
}

function readRegions(source: ByteSource, end: number): { bat: Region; metadata: Region } {
  const table = new Fields(source.read(REGION_TABLE_OFFSET, REGION_TABLE_BYTES), 'little', 'vhdx.truncated');
  demand(table.text(0, 4) === 'regi', 'vhdx.regions', 'no region table');
  const count = table.u32(8);
  demand(count <= MOST_REGIONS, 'vhdx.regions', `${count} regions`);
  const found = new Map<string, Region>();
  for (let entry = 0; entry < count; entry += 1) {
    const at = 16 + entry * 32;
    const guid = table.bytes(at, 16).toString('hex');
    const known = guid === BAT || guid === METADATA;
    if (!known) {
      demand((table.u32(at + 28) & 1) === 0, 'vhdx.regions', 'a required region that is not known');
      continue;
    }
    demand(!found.has(guid), 'vhdx.regions', 'a region twice');
    const region = { offset: table.position(at + 16, 'vhdx.regions'), length: table.u32(at + 24) };
    demand(region.offset >= 1024 * KIB, 'vhdx.regions', 'a region inside the headers');
    demand(region.offset + region.length <= end, 'vhdx.truncated', 'a region');
    found.set(guid, region);
  }
  const bat = found.get(BAT);
  const metadata = found.get(METADATA);
  demand(bat !== undefined && metadata !== undefined, 'vhdx.regions', 'a region is missing');
  return { bat, metadata };
}
