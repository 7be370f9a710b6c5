import { z } from 'zod';
import { bytesSchema } from '../bytes.ts';

/** A capacity: bytes, or the words the scheduler knows (contract.md §7.7). */
export const capacitySchema = z.union([bytesSchema, z.literal('infinite'), z.literal('unknown')]);

/** One pool of a backend. Sizes in bytes; the REST edge turns them into GiB. */
export const poolStatsSchema = z.object({
  name: z.string().min(1).max(255),
  totalCapacity: capacitySchema,
  freeCapacity: capacitySchema,
  /** Sum of the sizes of all volumes, which thin provisioning lets pass the total. */
  provisionedCapacity: bytesSchema.prefault(0),
  reservedPercentage: z.number().min(0).max(100).default(0),
  maxOverSubscriptionRatio: z.number().min(1).default(1),
  thinProvisioning: z.boolean().default(false),
  thickProvisioning: z.boolean().default(true),
  multiattach: z.boolean().default(false),
  qosSupport: z.boolean().default(false),
  /** Further capabilities that types may ask for by extra spec. */
  capabilities: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
});

/** What a backend says about itself (contract.md §7.7). */
export const volumeStatsSchema = z.object({
  volumeBackendName: z.string().min(1),
  vendorName: z.string().default('Open Source'),
  driverVersion: z.string(),
  storageProtocol: z.enum(['iSCSI', 'iSER', 'FC', 'local']),
  pools: z.array(poolStatsSchema).min(1),
});

/** What a backend says about itself. */
export type VolumeStats = z.infer<typeof volumeStatsSchema>;
/** One pool of a backend. */
export type PoolStats = z.infer<typeof poolStatsSchema>;
