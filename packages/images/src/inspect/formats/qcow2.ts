import type { ByteSource } from '../byteSource.ts';
import { type Detector, fileSize, type InspectionRequest, virtualSize } from '../detector.ts';
import { Fields } from '../fields.ts';
import { demand } from '../rules.ts';
import { walkQcow2Tables } from './qcow2Tables.ts';

const MAGIC = 'QFI\xfb';
/** Of the incompatible features (docs/interop/qcow2.txt): dirty, zstd and extended L2 are read right by every qemu-img from 5.2 on. */
const DIRTY = 1n << 0n;
const CORRUPT = 1n << 1n;
const DATA_FILE = 1n << 2n;
const COMPRESSION = 1n << 3n;
const EXTENDED_L2 = 1n << 4n;
const KNOWN = DIRTY | CORRUPT | DATA_FILE | COMPRESSION | EXTENDED_L2;
const EXTENSION_DATA_FILE = 0x44415441;
const EXTENSION_ENCRYPTION = 0x0537be77;
const MOST_L1_BYTES = 32 * 1024 * 1024;
const MOST_REFCOUNT_BYTES = 8 * 1024 * 1024;
const MOST_SNAPSHOTS = 65_536;

/** QEMU's qcow2, versions 2 and 3. */
export const qcow2: Detector = {
  format: 'qcow2',
  matches: (source) => source.read(0, 4).toString('latin1') === MAGIC,
  inspect: inspectQcow2,
};

function inspectQcow2(source: ByteSource, request: InspectionRequest): number {
  const end = fileSize(source);
  const header = new Fields(source.read(0, 112), 'big', 'qcow2.truncated');
  const version = header.u32(4);
  demand(version === 2 || version === 3, 'qcow2.version', String(version));
  demand(header.u64(8) === 0n && header.u32(16) === 0, 'qcow2.backing-file');
  const features = version === 3 ? header.u64(72) : 0n;
  demand((features & DATA_FILE) === 0n, 'qcow2.data-file');
  demand((features & ~KNOWN) === 0n, 'qcow2.features', `bits 0x${(features & ~KNOWN).toString(16)}`);
  demand((features & CORRUPT) === 0n, 'qcow2.corrupt');
  demand(header.u32(32) === 0, 'qcow2.encrypted');
  const clusterBits = header.u32(20);
  demand(clusterBits >= 9 && clusterBits <= 21, 'qcow2.header', `clusters of 2^${clusterBits} bytes`);
  const clusterBytes = 2 ** clusterBits;
  const extendedL2 = (features & EXTENDED_L2) !== 0n;
  demand(!extendedL2 || clusterBits >= 14, 'qcow2.header', 'clusters too small for subclusters');
  const headerBytes = version === 3 ? header.u32(100) : 72;
  if (version === 3) {
    demand(
      headerBytes >= 104 && headerBytes % 8 === 0 && headerBytes <= clusterBytes,
      'qcow2.header',
      `a header of ${headerBytes} bytes`,
    );
    demand(header.u32(96) <= 6, 'qcow2.header', 'reference counts wider than 64 bits');
    const compression = headerBytes > 104 ? header.u8(104) : 0;
    demand(
      compression === ((features & COMPRESSION) === 0n ? 0 : 1),
      'qcow2.features',
      `compression type ${compression}`,
    );
  }
  checkExtensions(source.read(headerBytes, clusterBytes - headerBytes));
  const sizeBytes = virtualSize(header.u64(24), request);

  const inside = (offset: number, bytes: number): boolean => offset + bytes <= end;
  const l1Entries = header.u32(36);
  const l1Offset = header.position(40, 'qcow2.tables');
  const entryBytes = extendedL2 ? 16 : 8;
  const bytesPerL2 = (clusterBytes / entryBytes) * clusterBytes;
  const neededL1 = Math.ceil(sizeBytes / bytesPerL2);
  demand(l1Entries * 8 <= MOST_L1_BYTES && l1Entries >= neededL1, 'qcow2.tables', `${l1Entries} L1 entries`);
  demand(l1Offset % clusterBytes === 0, 'qcow2.tables', 'the L1 table is not on a cluster');
  demand(l1Entries === 0 || l1Offset > 0, 'qcow2.tables', 'the L1 table is the header');
  demand(inside(l1Offset, l1Entries * 8), 'qcow2.truncated', 'the L1 table');
  const refcountOffset = header.position(48, 'qcow2.tables');
  const refcountBytes = header.u32(56) * clusterBytes;
  demand(
    refcountBytes > 0 &&
      refcountBytes <= MOST_REFCOUNT_BYTES &&
      refcountOffset % clusterBytes === 0 &&
      refcountOffset > 0,
    'qcow2.tables',
    'the reference count table',
  );
  demand(inside(refcountOffset, refcountBytes), 'qcow2.truncated', 'the reference count table');
  const snapshots = header.u32(60);
  demand(snapshots <= MOST_SNAPSHOTS, 'qcow2.tables', `${snapshots} snapshots`);
  if (snapshots > 0) {
    const snapshotOffset = header.position(64, 'qcow2.tables');
    demand(snapshotOffset % clusterBytes === 0 && snapshotOffset > 0, 'qcow2.tables', 'the snapshot table');
    demand(inside(snapshotOffset, snapshots * 40), 'qcow2.truncated', 'the snapshot table');
  }
  walkQcow2Tables(source, { l1Offset, l1Entries: neededL1, clusterBits, entryBytes, end });
  return sizeBytes;
}

/** Header extensions end with type 0, or with the first cluster. */
function checkExtensions(bytes: Buffer): void {
  for (let offset = 0; offset + 8 <= bytes.length; ) {
    const type = bytes.readUInt32BE(offset);
    const length = bytes.readUInt32BE(offset + 4);
    if (type === 0) return;
    demand(type !== EXTENSION_DATA_FILE, 'qcow2.data-file', 'a header extension');
    demand(type !== EXTENSION_ENCRYPTION, 'qcow2.encrypted', 'a header extension');
    demand(length <= bytes.length - offset - 8, 'qcow2.header', 'a header extension longer than its cluster');
    offset += 8 + Math.ceil(length / 8) * 8;
  }
}
