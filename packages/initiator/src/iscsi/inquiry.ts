import type { IscsiSession } from './session.ts';

const INQUIRY = 0x12;
const SERVICE_ACTION_IN_16 = 0x9e;
const READ_CAPACITY_16 = 0x10;
const REPORT_LUNS = 0xa0;
const VPD_LENGTH = 512;

const page = { supported: 0x00, unitSerial: 0x80, identification: 0x83, provisioning: 0xb2 } as const;

/** What a LUN says about itself. */
export interface LunFacts {
  /** Unit serial number (VPD page 0x80), without padding; null when the LUN has none. */
  readonly serial: string | null;
  /** NAA designators (VPD page 0x83) in lower-case hex. */
  readonly naa: readonly string[];
  /** Bytes. */
  readonly size: number;
  /** Bytes. */
  readonly logicalBlockSize: number;
  /** Whether UNMAP works and what was unmapped reads as zeros (VPD page 0xB2, LBPU and LBPRZ; SBC-3 §6.6.4). */
  readonly unmapReadsZero: boolean;
}

/** Asks a LUN for its identity, capacity and provisioning. @throws IscsiError SCSI */
export async function readLunFacts(session: IscsiSession, lun: number): Promise<LunFacts> {
  const supported = new Set((await vitalPage(session, lun, page.supported)).subarray(4));
  const serial = supported.has(page.unitSerial) ? await readSerial(session, lun) : null;
  const naa = supported.has(page.identification)
    ? naaDesignators(await vitalPage(session, lun, page.identification))
    : [];
  const flags = supported.has(page.provisioning)
    ? ((await vitalPage(session, lun, page.provisioning)).at(5) ?? 0)
    : 0;
  return {
    serial,
    naa,
    ...(await readCapacity(session, lun)),
    unmapReadsZero: (flags & 0x80) !== 0 && (flags & 0x04) !== 0,
  };
}

/** The unit serial number without padding; null when it is empty. */
export async function readSerial(session: IscsiSession, lun: number): Promise<string | null> {
  const text = (await vitalPage(session, lun, page.unitSerial)).subarray(4).toString('latin1');
  const trimmed = text.replace(/^[\0 ]+|[\0 ]+$/g, '');
  return trimmed === '' ? null : trimmed;
}

/** READ CAPACITY(16): bytes and block size (SBC-3 §5.16). */
export async function readCapacity(
  session: IscsiSession,
  lun: number,
): Promise<{ readonly size: number; readonly logicalBlockSize: number }> {
  const cdb = Buffer.alloc(16);
  cdb.writeUInt8(SERVICE_ACTION_IN_16, 0);
  cdb.writeUInt8(READ_CAPACITY_16, 1);
  cdb.writeUInt32BE(32, 10);
  const data = await session.read(lun, cdb, 32);
  const logicalBlockSize = data.readUInt32BE(8);
  return { size: Number((data.readBigUInt64BE(0) + 1n) * BigInt(logicalBlockSize)), logicalBlockSize };
}

/** The LUNs of the target (SPC-4 §6.33). */
export async function reportLuns(session: IscsiSession): Promise<number[]> {
  const cdb = Buffer.alloc(16);
  cdb.writeUInt8(REPORT_LUNS, 0);
  cdb.writeUInt32BE(4096, 6);
  const data = await session.read(0, cdb, 4096);
  const count = Math.min(data.readUInt32BE(0), data.length - 8) / 8;
  return Array.from({ length: count }, (_, index) => data.readUInt16BE(8 + index * 8) & 0x3fff);
}

async function vitalPage(session: IscsiSession, lun: number, code: number): Promise<Buffer> {
  const cdb = Buffer.alloc(16);
  cdb.writeUInt8(INQUIRY, 0);
  cdb.writeUInt8(0x01, 1);
  cdb.writeUInt8(code, 2);
  cdb.writeUInt16BE(VPD_LENGTH, 3);
  const data = await session.read(lun, cdb, VPD_LENGTH);
  return data.length < 4 ? Buffer.alloc(4) : data.subarray(0, 4 + data.readUInt16BE(2));
}

function naaDesignators(vpd: Buffer): string[] {
  const found: string[] = [];
  for (let at = 4; at + 4 <= vpd.length; ) {
    const length = vpd.readUInt8(at + 3);
    if ((vpd.readUInt8(at + 1) & 0x0f) === 3)
      found.push(vpd.subarray(at + 4, at + 4 + length).toString('hex'));
    at += 4 + length;
  }
  return found;
}
