import type { ByteSource } from '../byteSource.ts';
import { type Detector, fileSize, type InspectionRequest, virtualSize } from '../detector.ts';
import { Fields } from '../fields.ts';
import { demand } from '../rules.ts';
import { TableWalk } from '../tableWalk.ts';

const SIGNATURE = 0xbeda107f;
const SIGNATURE_OFFSET = 0x40;
const BLOCK_BYTES = 1024 * 1024;
const DYNAMIC = 1;
const STATIC = 2;
/** From here on a map entry names no block: discarded, never allocated. */
const NO_BLOCK = 0xffff_fffe;

/** VirtualBox's disk image. */
export const vdi: Detector = {
  format: 'vdi',
  matches: (source) => {
    const signature = source.read(SIGNATURE_OFFSET, 4);
    return signature.length === 4 && signature.readUInt32LE(0) === SIGNATURE;
  },
  inspect: inspectVdi,
};

function inspectVdi(source: ByteSource, request: InspectionRequest): number {
  const end = fileSize(source);
  const header = new Fields(source.read(0, 512), 'little', 'vdi.truncated');
  demand(header.u32(0x44) === 0x0001_0001, 'vdi.header', 'the version is not 1.1');
  const type = header.u32(0x4c);
  demand(isZero(header.bytes(0x1a8, 32)), 'vdi.parent');
  demand(type === DYNAMIC || type === STATIC, 'vdi.header', `image type ${type}`);
  const sizeBytes = virtualSize(header.u64(0x170), request);
  const mapOffset = header.u32(0x154);
  const dataOffset = header.u32(0x158);
  const blocks = header.u32(0x180);
  demand(
    header.u32(0x168) === 512 && header.u32(0x178) === BLOCK_BYTES,
    'vdi.header',
    'sector or block size',
  );
  demand(
    mapOffset % 512 === 0 && dataOffset % 512 === 0,
    'vdi.header',
    'the map or the data are not on a sector',
  );
  demand(
    mapOffset >= 512 && dataOffset >= mapOffset + blocks * 4,
    'vdi.header',
    'header, map and data overlap',
  );
  demand(blocks * BLOCK_BYTES >= sizeBytes, 'vdi.header', 'the map is smaller than the disk');
  demand(mapOffset + blocks * 4 <= end, 'vdi.truncated', 'the block map');
  const used = Math.ceil(sizeBytes / BLOCK_BYTES);
  new TableWalk(source).visit(mapOffset, used, 4, 'vdi.truncated', (piece) => {
    for (let at = 0; at < piece.length; at += 4) {
      const block = piece.readUInt32LE(at);
      demand(block >= NO_BLOCK || dataOffset + block * BLOCK_BYTES < end, 'vdi.truncated', 'a block');
    }
  });
  return sizeBytes;
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
