/** Opcodes used here (RFC 7143 §11.2.1.2). */
export const opcode = {
  nopOut: 0x00,
  scsiCommand: 0x01,
  login: 0x03,
  logout: 0x06,
  nopIn: 0x20,
  scsiResponse: 0x21,
  loginResponse: 0x23,
  dataIn: 0x25,
  logoutResponse: 0x26,
  asyncMessage: 0x32,
  reject: 0x3f,
} as const;

/** Length of the basic header segment. */
export const BHS_LENGTH = 48;
/** Largest data segment this side accepts and announces (MaxRecvDataSegmentLength). */
export const MAX_DATA_SEGMENT = 65_536;
/** The reserved tag (RFC 7143 §11.2.1.8). */
export const RESERVED_TAG = 0xffff_ffff;

/** One PDU: basic header segment and data segment. Digests and additional headers are never negotiated. */
export interface Pdu {
  readonly header: Buffer;
  readonly data: Buffer;
}

/** Opcode of a PDU without the immediate bit. */
export function opcodeOf(pdu: Pdu): number {
  return pdu.header.readUInt8(0) & 0x3f;
}

/** Serialises a PDU: writes the data length into the header and pads the data to four bytes. */
export function encodePdu(header: Buffer, data: Buffer): Buffer {
  header.writeUIntBE(data.length, 5, 3);
  return Buffer.concat([header, data, Buffer.alloc(padding(data.length))]);
}

/** Takes one whole PDU off the front of `bytes`; null when it is not all there yet. */
export function decodePdu(bytes: Buffer): { readonly pdu: Pdu; readonly rest: Buffer } | null {
  if (bytes.length < BHS_LENGTH) return null;
  const start = BHS_LENGTH + bytes.readUInt8(4) * 4;
  const length = bytes.readUIntBE(5, 3);
  const end = start + length + padding(length);
  if (bytes.length < end) return null;
  const pdu = { header: bytes.subarray(0, BHS_LENGTH), data: bytes.subarray(start, start + length) };
  return { pdu, rest: bytes.subarray(end) };
}

/** Text keys of a login: `key=value`, each ended by NUL (RFC 7143 §6.1). */
export function encodeText(pairs: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(
    Object.entries(pairs)
      .map(([key, value]) => `${key}=${value}\0`)
      .join(''),
  );
}

/** The reverse of {@link encodeText}. */
export function decodeText(data: Buffer): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const pair of data.toString('utf8').split('\0')) {
    const at = pair.indexOf('=');
    if (at > 0) pairs.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return pairs;
}

/** A LUN in its eight-byte form: peripheral addressing below 256, flat above (SAM-5 §4.7). */
export function encodeLun(lun: number): Buffer {
  const field = Buffer.alloc(8);
  field.writeUInt16BE(lun < 256 ? lun : 0x4000 | lun, 0);
  return field;
}

function padding(length: number): number {
  return (4 - (length % 4)) % 4;
}
