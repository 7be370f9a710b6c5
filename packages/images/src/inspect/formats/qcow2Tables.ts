import type { ByteSource } from '../byteSource.ts';
import { demand } from '../rules.ts';
import { TableWalk } from '../tableWalk.ts';

/** Where the tables of a qcow2 file are. */
export interface Qcow2Tables {
  readonly l1Offset: number;
  /** Those that the disk's size needs. */
  readonly l1Entries: number;
  readonly clusterBits: number;
  /** 16 with subclusters, else 8. */
  readonly entryBytes: number;
  /** Bytes of the file. */
  readonly end: number;
}

const HIGH = 2 ** 32;
/** Of the upper half of an entry: bits 32 to 55 of an offset, and the flag of a compressed cluster. */
const OFFSET_HIGH = 0x00ff_ffff;
const COMPRESSED_HIGH = 0x4000_0000;

/**
 * Follows the active L1 table to every cluster: qemu-img reads what lies behind the end of the file as zeros and says nothing.
 * A cluster need only begin inside, since the last one of a file may be cut where its zeros begin.
 *
 * @throws RuleBroken qcow2.tables, qcow2.truncated
 */
export function walkQcow2Tables(source: ByteSource, tables: Qcow2Tables): void {
  const { l1Offset, l1Entries, clusterBits, entryBytes, end } = tables;
  const clusterBytes = 2 ** clusterBits;
  const walk = new TableWalk(source);
  const seen = new Set<number>();
  let whole = true;
  const visitL2 = (table: Buffer): void => checkL2(table, tables);
  walk.visit(l1Offset, l1Entries, 8, 'qcow2.truncated', (piece) => {
    for (let at = 0; at < piece.length && whole; at += 8) {
      const offset = offsetAt(piece, at);
      if (offset === 0) continue;
      demand(offset % clusterBytes === 0, 'qcow2.tables', 'an L2 table is not on a cluster');
      demand(offset + clusterBytes <= end, 'qcow2.truncated', 'an L2 table');
      demand(!seen.has(offset), 'qcow2.tables', 'an L2 table is used twice');
      seen.add(offset);
      whole = walk.visit(offset, clusterBytes / entryBytes, entryBytes, 'qcow2.truncated', visitL2);
    }
  });
}

function checkL2(table: Buffer, { clusterBits, entryBytes, end }: Qcow2Tables): void {
  const clusterBytes = 2 ** clusterBits;
  // The bits above hold the compressed length.
  const compressedOffset = 2 ** (62 - (clusterBits - 8));
  for (let at = 0; at < table.length; at += entryBytes) {
    const high = table.readUInt32BE(at);
    if ((high & COMPRESSED_HIGH) !== 0) {
      const low = table.readUInt32BE(at + 4);
      const offset = ((high & 0x3fff_ffff) * HIGH + low) % compressedOffset;
      demand(offset < end, 'qcow2.truncated', 'a compressed cluster');
      continue;
    }
    const offset = offsetAt(table, at);
    if (offset === 0) continue;
    demand(offset % clusterBytes === 0, 'qcow2.tables', 'a cluster is not on a cluster boundary');
    // A cluster that reads as zero may have space set aside for it that was never written.
    const readsAsZero = entryBytes === 8 && (table.readUInt8(at + 7) & 1) !== 0;
    demand(readsAsZero || offset < end, 'qcow2.truncated', 'a cluster');
  }
}

/** Bits 9 to 55. */
function offsetAt(table: Buffer, at: number): number {
  const low = table.readUInt32BE(at + 4);
  return (table.readUInt32BE(at) & OFFSET_HIGH) * HIGH + (low - (low % 512));
}
