import { z } from 'zod';
import { bytesSchema } from '../bytes.ts';
import { backendNameSchema, idSchema } from './names.ts';
import { metadataSchema } from './volume.ts';

/** A snapshot as a driver sees it. */
export const snapshotSchema = z
  .object({
    id: idSchema.describe('Identifier in the service.'),
    name: backendNameSchema.describe('Name on the backend.'),
    volumeId: idSchema.describe('Identifier of the volume it was taken from.'),
    volumeName: backendNameSchema.describe('Backend name of the volume it was taken from.'),
    volumeSize: bytesSchema.describe('Size of the volume when the snapshot was taken.'),
    volumeInUse: z
      .boolean()
      .default(false)
      .describe('Whether the volume was attached (a crash-consistent point in time is then required).'),
    providerLocation: z
      .string()
      .max(4096)
      .nullable()
      .default(null)
      .describe('Where the snapshot is, in terms of the driver.'),
    providerId: z
      .string()
      .max(255)
      .nullable()
      .default(null)
      .describe("The driver's own handle, when the name is not enough."),
    metadata: metadataSchema.default({}).describe('Free key-value pairs.'),
  })
  .meta({ id: 'Snapshot', description: 'A snapshot as a driver sees it.' });

/** A snapshot as a driver sees it. */
export type Snapshot = z.infer<typeof snapshotSchema>;

/** Columns of the snapshot that the driver asks the service to persist. */
export const snapshotUpdateSchema = z
  .object({
    providerLocation: z
      .string()
      .max(4096)
      .nullable()
      .optional()
      .describe('Where the snapshot is, in terms of the driver.'),
    providerId: z
      .string()
      .max(255)
      .nullable()
      .optional()
      .describe("The driver's own handle, when the name is not enough."),
  })
  .meta({
    id: 'SnapshotUpdate',
    description: 'Columns of the snapshot that the driver asks the service to persist.',
  });

/** Columns of the snapshot that the driver asks the service to persist. */
export type SnapshotUpdate = z.infer<typeof snapshotUpdateSchema>;
