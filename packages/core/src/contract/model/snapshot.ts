import { z } from 'zod';
import { bytesSchema } from '../bytes.ts';
import { backendNameSchema, idSchema } from './names.ts';
import { metadataSchema } from './volume.ts';

/** A snapshot as a driver sees it. */
export const snapshotSchema = z.object({
  id: idSchema,
  /** Name on the backend. */
  name: backendNameSchema,
  volumeId: idSchema,
  /** Backend name of the volume it was taken from. */
  volumeName: backendNameSchema,
  /** Size of the volume when the snapshot was taken. */
  volumeSize: bytesSchema,
  /** Whether the volume was attached (a crash-consistent point in time is then required). */
  volumeInUse: z.boolean().default(false),
  providerLocation: z.string().max(4096).nullable().default(null),
  providerId: z.string().max(255).nullable().default(null),
  metadata: metadataSchema.default({}),
});

/** A snapshot as a driver sees it. */
export type Snapshot = z.infer<typeof snapshotSchema>;

/** Columns of the snapshot that the driver asks the service to persist. */
export const snapshotUpdateSchema = z.object({
  providerLocation: z.string().max(4096).nullable().optional(),
  providerId: z.string().max(255).nullable().optional(),
});

/** Columns of the snapshot that the driver asks the service to persist. */
export type SnapshotUpdate = z.infer<typeof snapshotUpdateSchema>;
