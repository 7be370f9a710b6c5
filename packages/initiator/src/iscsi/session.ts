import { IscsiConnection } from './connection.ts';
import { IscsiError } from './errors.ts';
import { type LoginParams, login } from './login.ts';
import { BHS_LENGTH, encodeLun, opcode, opcodeOf, type Pdu, RESERVED_TAG } from './pdu.ts';
import type { Portal } from './portal.ts';
import { GOOD, isUnitAttention, scsiFailure } from './status.ts';

/** Times a command is sent again because the LUN first reported a unit attention (a reset, a changed capacity). */
const UNIT_ATTENTION_TRIES = 4;

/** A logged-in session that sends commands which read, one at a time. */
export class IscsiSession {
  readonly #connection: IscsiConnection;
  #cmdSn: number;
  #expStatSn: number;
  #tag = 1;

  private constructor(connection: IscsiConnection, cmdSn: number, expStatSn: number) {
    this.#connection = connection;
    this.#cmdSn = cmdSn;
    this.#expStatSn = expStatSn;
  }

  /** Connects and logs in. @throws IscsiError */
  static async open(portal: Portal, params: LoginParams, signal: AbortSignal): Promise<IscsiSession> {
    const connection = await IscsiConnection.open(portal, signal);
    try {
      const { cmdSn, expStatSn } = await login(connection, params);
      return new IscsiSession(connection, cmdSn, expStatSn);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** Sends a command that returns at most `length` bytes. @throws IscsiError SCSI when it ends other than GOOD */
  async read(lun: number, cdb: Buffer, length: number): Promise<Buffer> {
    for (let attempt = 1; ; attempt += 1) {
      const { status, data, sense } = await this.#command(lun, cdb, length);
      if (status === GOOD) return data;
      if (!isUnitAttention(status, sense) || attempt >= UNIT_ATTENTION_TRIES)
        throw scsiFailure(lun, cdb, status, sense);
    }
  }

  /** Logs out (RFC 7143 §11.14) and closes. Never throws: the session ends either way. */
  async logout(): Promise<void> {
    const header = this.#header(opcode.logout | 0x40, 0x80);
    header.writeUInt32BE(this.#cmdSn, 24);
    try {
      this.#connection.send(header);
      while (opcodeOf(await this.#connection.receive()) !== opcode.logoutResponse);
    } catch (error) {
      if (!(error instanceof IscsiError)) throw error;
    } finally {
      this.#connection.close();
    }
  }

  /** Drops the connection without logging out. */
  close(): void {
    this.#connection.close();
  }

  async #command(
    lun: number,
    cdb: Buffer,
    length: number,
  ): Promise<{ status: number; data: Buffer; sense: Buffer }> {
    const header = this.#header(opcode.scsiCommand, 0x80 | 0x40 | 0x01);
    const tag = header.readUInt32BE(16);
    encodeLun(lun).copy(header, 8);
    header.writeUInt32BE(length, 20);
    header.writeUInt32BE(this.#cmdSn, 24);
    this.#cmdSn = (this.#cmdSn + 1) >>> 0;
    cdb.copy(header, 32);
    this.#connection.send(header);
    const data = Buffer.alloc(length);
    let filled = 0;
    for (;;) {
      const pdu = await this.#next();
      const kind = opcodeOf(pdu);
      if (kind === opcode.nopIn) {
        this.#answerPing(pdu);
        continue;
      }
      if (kind === opcode.asyncMessage) continue;
      if (kind === opcode.reject || pdu.header.readUInt32BE(16) !== tag) {
        throw new IscsiError('PROTOCOL', `unexpected answer to a SCSI command (opcode ${kind})`);
      }
      if (kind === opcode.dataIn) {
        const offset = pdu.header.readUInt32BE(40);
        if (offset + pdu.data.length > length)
          throw new IscsiError('PROTOCOL', 'the target sent more than was asked');
        pdu.data.copy(data, offset);
        filled = Math.max(filled, offset + pdu.data.length);
        if ((pdu.header.readUInt8(1) & 0x01) === 0) continue;
        return { status: pdu.header.readUInt8(3), data: data.subarray(0, filled), sense: Buffer.alloc(0) };
      }
      if (kind !== opcode.scsiResponse)
        throw new IscsiError('PROTOCOL', `unexpected opcode ${kind} for a SCSI command`);
      if (pdu.header.readUInt8(2) !== 0)
        throw new IscsiError('PROTOCOL', 'the target failed the SCSI command');
      const sense =
        pdu.data.length >= 2 ? pdu.data.subarray(2, 2 + pdu.data.readUInt16BE(0)) : Buffer.alloc(0);
      return { status: pdu.header.readUInt8(3), data: data.subarray(0, filled), sense };
    }
  }

  #header(firstByte: number, flags: number): Buffer {
    const header = Buffer.alloc(BHS_LENGTH);
    header.writeUInt8(firstByte, 0);
    header.writeUInt8(flags, 1);
    header.writeUInt32BE(this.#tag, 16);
    header.writeUInt32BE(this.#expStatSn, 28);
    this.#tag += 1;
    return header;
  }

  async #next(): Promise<Pdu> {
    const pdu = await this.#connection.receive();
    // A Data-In without status carries no StatSN (RFC 7143 §11.7.4).
    const carriesStatSn = opcodeOf(pdu) !== opcode.dataIn || (pdu.header.readUInt8(1) & 0x01) !== 0;
    if (carriesStatSn) this.#expStatSn = (pdu.header.readUInt32BE(24) + 1) >>> 0;
    return pdu;
  }

  #answerPing(ping: Pdu): void {
    const transferTag = ping.header.readUInt32BE(20);
    if (transferTag === RESERVED_TAG) return;
    const header = this.#header(opcode.nopOut | 0x40, 0x80);
    ping.header.copy(header, 8, 8, 16);
    header.writeUInt32BE(RESERVED_TAG, 16);
    header.writeUInt32BE(transferTag, 20);
    header.writeUInt32BE(this.#cmdSn, 24);
    this.#connection.send(header, ping.data);
  }
}
