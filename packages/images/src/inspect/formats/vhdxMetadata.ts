import type { ByteSource } from '../byteSource.ts';
import { Fields } from '../fields.ts';
import { demand } from '../rules.ts';

const TABLE_BYTES = 64 * 1024;
const MOST_ITEMS = 2047;
const FILE_PARAMETERS = '3767a1ca36fa434db3b633f0aa44e76b';
const VIRTUAL_SIZE = '2442a52f1bcd7648b2115dbed83bf4b8';
const SECTOR_SIZE = '1dbf41816fa90947ba47f233a8faab5f';
const PARENT_LOCATOR = '2d5fd3a80bb34d45abf7d3d84834ab0c';
const HAS_PARENT = 2;
const MIB = 1024 * 1024;

/** What the metadata region of a VHDX says. */
export interface VhdxMetadata {
  readonly virtualSizeBytes: bigint;
  readonly blockBytes: number;
  readonly sectorBytes: number;
}

/** @throws RuleBroken vhdx.metadata, vhdx.parent, vhdx.truncated */
export function readVhdxMetadata(
  source: ByteSource,
  region: { readonly offset: number; readonly length: number },
): VhdxMetadata {
  const table = new Fields(source.read(region.offset, TABLE_BYTES), 'little', 'vhdx.truncated');
  demand(
    region.length >= TABLE_BYTES && table.text(0, 8) === 'metadata',
    'vhdx.metadata',
    'no metadata table',
  );
  const count = table.u16(10);
  demand(count <= MOST_ITEMS, 'vhdx.metadata', `${count} items`);
  const items = new Map<string, number>();
  for (let entry = 0; entry < count; entry += 1) {
    const at = 32 + entry * 32;
    const guid = table.bytes(at, 16).toString('hex');
    demand(guid !== PARENT_LOCATOR, 'vhdx.parent', 'a parent locator');
    demand(!items.has(guid), 'vhdx.metadata', 'an item twice');
    const offset = table.u32(at + 16);
    demand(offset + table.u32(at + 20) <= region.length, 'vhdx.metadata', 'an item outside its region');
    items.set(guid, region.offset + offset);
  }
  const item = (guid: string, bytes: number): Fields => {
    const offset = items.get(guid);
    demand(offset !== undefined, 'vhdx.metadata', 'an item is missing');
    return new Fields(source.read(offset, bytes), 'little', 'vhdx.truncated');
  };
  const parameters = item(FILE_PARAMETERS, 8);
  demand((parameters.u32(4) & HAS_PARENT) === 0, 'vhdx.parent');
  const blockBytes = parameters.u32(0);
  demand(
    blockBytes >= MIB && blockBytes <= 256 * MIB && Number.isInteger(Math.log2(blockBytes)),
    'vhdx.metadata',
    `blocks of ${blockBytes} bytes`,
  );
  const sectorBytes = item(SECTOR_SIZE, 4).u32(0);
  demand(sectorBytes === 512 || sectorBytes === 4096, 'vhdx.metadata', `sectors of ${sectorBytes} bytes`);
  return { virtualSizeBytes: item(VIRTUAL_SIZE, 8).u64(0), blockBytes, sectorBytes };
}
