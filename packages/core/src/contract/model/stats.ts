import { z } from 'zod';
import { bytesSchema } from '../bytes.ts';

/** A capacity: bytes, or the words the scheduler knows (contract.md §7.7). */
export const capacitySchema = z.union([bytesSchema, z.literal('infinite'), z.literal('unknown')]);

/** One pool of a backend. Sizes in bytes; the REST edge turns them into GiB. */
export const poolStatsSchema = z
  .object({
    name: z.string().min(1).max(255).describe('Name of the pool, unique in the backend.'),
    totalCapacity: capacitySchema.describe('Bytes, or a word when they cannot be told.'),
    freeCapacity: capacitySchema.describe('Bytes that are not used, or a word when they cannot be told.'),
    provisionedCapacity: bytesSchema
      .prefault(0)
      .describe('Sum of the sizes of all volumes, which thin provisioning lets pass the total.'),
    reservedPercentage: z
      .number()
      .min(0)
      .max(100)
      .default(0)
      .describe('Share of the total that the scheduler must not use.'),
    maxOverSubscriptionRatio: z
      .number()
      .min(1)
      .default(1)
      .describe('How far the provisioned sum may pass the total.'),
    thinProvisioning: z.boolean().default(false).describe('Whether volumes take space as they are written.'),
    thickProvisioning: z.boolean().default(true).describe('Whether volumes take their whole space at once.'),
    multiattach: z.boolean().default(false).describe('Whether several initiators may have one volume.'),
    qosSupport: z.boolean().default(false).describe('Whether the backend enforces QoS specs.'),
    capabilities: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .default({})
      .describe('Further capabilities that types may ask for by extra spec.'),
  })
  .meta({ id: 'PoolStats', description: 'One pool of a backend.' });

/** What a backend says about itself (contract.md §7.7). */
export const volumeStatsSchema = z
  .object({
    volumeBackendName: z.string().min(1).describe('Label that volume types select by.'),
    vendorName: z.string().default('Open Source').describe('Who made the backend.'),
    driverVersion: z.string().describe('Version of the driver.'),
    storageProtocol: z.enum(['iSCSI', 'iSER', 'FC', 'local']).describe('How initiators reach its volumes.'),
    pools: z.array(poolStatsSchema).min(1).describe('At least one.'),
  })
  .meta({ id: 'VolumeStats', description: 'What a backend says about itself.' });

/** What a backend says about itself. */
export type VolumeStats = z.infer<typeof volumeStatsSchema>;
/** One pool of a backend. */
export type PoolStats = z.infer<typeof poolStatsSchema>;
