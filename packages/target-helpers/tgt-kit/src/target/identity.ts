import { createHash } from 'node:crypto';

/** tgtd keeps 36 characters of a serial and of a SCSI id, and cuts the rest off without a word. */
export const MAX_SERIAL = 36;

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Four hex digits that tell whose target a LUN belongs to; tgt computes no NAA from them, since it takes the last 32. */
export function ownerTag(volumesDir: string): string {
  return sha256(volumesDir).slice(0, 4);
}

/**
 * The SCSI id: owner's tag plus 32 hex digits, from which tgtd makes the NAA designator that multipath and udev go by. Without it
 * the NAA is made of target id and LUN, and two daemons' LUNs look like one.
 */
export function scsiIdOf(serial: string, tag: string): string {
  const digits = serial.replaceAll('-', '').toLowerCase();
  return tag + (/^[0-9a-f]{32}$/.test(digits) ? digits : sha256(serial).slice(0, 32));
}
