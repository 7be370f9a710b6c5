import { IscsiError } from './errors.ts';

/** SCSI status GOOD (SAM-5 §5.3). */
export const GOOD = 0x00;
const CHECK_CONDITION = 0x02;
const UNIT_ATTENTION = 0x06;

/** Whether the LUN only had something to say before it serves commands (SPC-4 §4.5.2): send the command again. */
export function isUnitAttention(status: number, sense: Buffer): boolean {
  return status === CHECK_CONDITION && senseKey(sense) === UNIT_ATTENTION;
}

/** The error for a command that ended with another status than GOOD. */
export function scsiFailure(lun: number, cdb: Buffer, status: number, sense: Buffer): IscsiError {
  const command = `0x${cdb.readUInt8(0).toString(16).padStart(2, '0')}`;
  const key = senseKey(sense);
  const detail =
    key === null ? '' : `, sense key ${key}, code 0x${additionalSense(sense).toString(16).padStart(4, '0')}`;
  return new IscsiError('SCSI', `SCSI command ${command} to LUN ${lun} ended with status ${status}${detail}`);
}

function senseKey(sense: Buffer): number | null {
  if (sense.length < 3) return null;
  // Descriptor format keeps the key in byte 1, fixed format in byte 2 (SPC-4 §4.5).
  return sense.readUInt8((sense.readUInt8(0) & 0x7f) >= 0x72 ? 1 : 2) & 0x0f;
}

function additionalSense(sense: Buffer): number {
  const at = (sense.readUInt8(0) & 0x7f) >= 0x72 ? 2 : 12;
  return sense.length >= at + 2 ? sense.readUInt16BE(at) : 0;
}
