import { z } from 'zod';

/**
 * What proves that a path is the object it is believed to be. Nothing is read or written before it is checked.
 *
 * - `inode`: a file, by device and inode number (decimal text, as they may pass 2^53);
 * - `serial`: a SCSI device, by its unit serial number (VPD page 0x80);
 * - `naa`: a SCSI device, by its NAA designator (VPD page 0x83).
 */
export const identitySchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('inode'), dev: z.string().regex(/^\d+$/), ino: z.string().regex(/^\d+$/) }),
  z.object({ type: z.literal('serial'), serial: z.string().min(1).max(252) }),
  z.object({ type: z.literal('naa'), naa: z.string().regex(/^[0-9a-fA-F]{16}([0-9a-fA-F]{16})?$/) }),
]);

/** What proves that a path is the object it is believed to be. */
export type Identity = z.infer<typeof identitySchema>;
