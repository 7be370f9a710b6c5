import { z } from 'zod';
import { bytesSchema } from '../bytes.ts';
import { secretSchema } from '../secret.ts';
import { backendNameSchema, idSchema } from './names.ts';

/** Free key-value pairs of a volume or snapshot. */
export const metadataSchema = z.record(z.string().max(255), z.string().max(255));

/**
 * A volume as a driver sees it (contract.md §2). Drivers never see the service's database: all they may persist is in
 * the update they return.
 */
export const volumeSchema = z
  .object({
    id: idSchema.describe('Identifier in the service.'),
    name: backendNameSchema.describe('Name on the backend.'),
    size: bytesSchema.describe('Size of the volume.'),
    host: z.string().max(255).default('').describe('`host@backend`.'),
    providerLocation: z
      .string()
      .max(4096)
      .nullable()
      .default(null)
      .describe('Discovery line plus LUN: `ip:port,tid iqn lun`.'),
    providerAuth: secretSchema.nullable().default(null).describe('`CHAP user secret`.'),
    providerGeometry: z.string().max(64).nullable().default(null).describe('`physical logical` block sizes.'),
    providerId: z
      .string()
      .max(255)
      .nullable()
      .default(null)
      .describe("The driver's own handle, when the name is not enough."),
    encryptionKeyId: z
      .string()
      .max(255)
      .nullable()
      .default(null)
      .describe('Set when the initiator encrypts what it writes.'),
    multiattach: z.boolean().default(false).describe('Whether several initiators may have it.'),
    readOnly: z.boolean().default(false).describe('Whether it may not be written.'),
    metadata: metadataSchema.default({}).describe('Free key-value pairs.'),
    extraSpecs: z.record(z.string(), z.string()).default({}).describe("Extra specs of the volume's type."),
  })
  .meta({ id: 'Volume', description: 'A volume as a driver sees it.' });

/** A volume as a driver sees it. */
export type Volume = z.infer<typeof volumeSchema>;

/** Columns of the volume that the driver asks the service to persist. Absent means unchanged, null means cleared. */
export const volumeUpdateSchema = z
  .object({
    providerLocation: z
      .string()
      .max(4096)
      .nullable()
      .optional()
      .describe('Discovery line plus LUN: `ip:port,tid iqn lun`.'),
    providerAuth: secretSchema.nullable().optional().describe('`CHAP user secret`.'),
    providerGeometry: z.string().max(64).nullable().optional().describe('`physical logical` block sizes.'),
    providerId: z
      .string()
      .max(255)
      .nullable()
      .optional()
      .describe("The driver's own handle, when the name is not enough."),
    metadata: metadataSchema.optional().describe('Free key-value pairs.'),
  })
  .meta({
    id: 'VolumeUpdate',
    description:
      'Columns of the volume that the driver asks the service to persist. Absent means unchanged, null means cleared.',
  });

/** Columns of the volume that the driver asks the service to persist. */
export type VolumeUpdate = z.infer<typeof volumeUpdateSchema>;
