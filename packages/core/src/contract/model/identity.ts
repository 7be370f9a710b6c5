import { z } from 'zod';

/**
 * What proves that a path is the object it is believed to be. Nothing is read or written before it is checked.
 *
 * - `inode`: a file, by device and inode number (decimal text, as they may pass 2^53);
 * - `serial`: a SCSI device, by its unit serial number (VPD page 0x80);
 * - `naa`: a SCSI device, by its NAA designator (VPD page 0x83);
 * - `dm`: a device of device-mapper, by its UUID (dmsetup(8)), in which LVM puts those of the group and the logical volume.
 */
export const identitySchema = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('inode').describe('Discriminator.'),
      dev: z.string().regex(/^\d+$/).describe('Device number, decimal.'),
      ino: z.string().regex(/^\d+$/).describe('Inode number, decimal.'),
    }),
    z.object({
      type: z.literal('serial').describe('Discriminator.'),
      serial: z.string().min(1).max(252).describe('Unit serial number (VPD page 0x80).'),
    }),
    z.object({
      type: z.literal('naa').describe('Discriminator.'),
      naa: z
        .string()
        .regex(/^[0-9a-fA-F]{16}([0-9a-fA-F]{16})?$/)
        .describe('NAA designator (VPD page 0x83), hex.'),
    }),
    z.object({
      type: z.literal('dm').describe('Discriminator.'),
      uuid: z
        .string()
        .regex(/^[!-~]{1,128}$/)
        .describe('UUID of a device-mapper device, as in its `dm/uuid` in sysfs.'),
    }),
  ])
  .meta({
    id: 'Identity',
    description:
      'What proves that a path is the object it is believed to be. Nothing is read or written before it is checked.',
  });

/** What proves that a path is the object it is believed to be. */
export type Identity = z.infer<typeof identitySchema>;
