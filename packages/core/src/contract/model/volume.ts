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
export const volumeSchema = z.object({
  id: idSchema,
  /** Name on the backend. */
  name: backendNameSchema,
  size: bytesSchema,
  /** `host@backend`. */
  host: z.string().max(255).default(''),
  /** Discovery line plus LUN: `ip:port,tid iqn lun` (contract.md §7.1). */
  providerLocation: z.string().max(4096).nullable().default(null),
  /** `CHAP user secret` (contract.md §7.1). */
  providerAuth: secretSchema.nullable().default(null),
  /** `physical logical` block sizes (contract.md §7.1). */
  providerGeometry: z.string().max(64).nullable().default(null),
  /** The driver's own handle, when the name is not enough. */
  providerId: z.string().max(255).nullable().default(null),
  encryptionKeyId: z.string().max(255).nullable().default(null),
  multiattach: z.boolean().default(false),
  readOnly: z.boolean().default(false),
  metadata: metadataSchema.default({}),
  /** Extra specs of the volume's type. */
  extraSpecs: z.record(z.string(), z.string()).default({}),
});

/** A volume as a driver sees it. */
export type Volume = z.infer<typeof volumeSchema>;

/** Columns of the volume that the driver asks the service to persist. Absent means unchanged, null means cleared. */
export const volumeUpdateSchema = z.object({
  providerLocation: z.string().max(4096).nullable().optional(),
  providerAuth: secretSchema.nullable().optional(),
  providerGeometry: z.string().max(64).nullable().optional(),
  providerId: z.string().max(255).nullable().optional(),
  metadata: metadataSchema.optional(),
});

/** Columns of the volume that the driver asks the service to persist. */
export type VolumeUpdate = z.infer<typeof volumeUpdateSchema>;
