import { z } from 'zod';
import { bytesSchema } from '../bytes.ts';
import { identitySchema } from './identity.ts';

/** A byte range of a file or block device of this host, with the identity it must show before it is touched. */
export const workEndpointSchema = z.object({
  path: z.string().startsWith('/'),
  identity: identitySchema,
  offset: bytesSchema.prefault(0),
});

/** Bytes to copy. Holes of the source may be skipped only where the destination is proven zero. */
export const copyWorkSchema = z.object({
  kind: z.literal('copy'),
  source: workEndpointSchema,
  destination: workEndpointSchema,
  length: bytesSchema,
  destinationIsZero: z.boolean().default(false),
});

/** Bytes to destroy before their space may be used again. */
export const wipeWorkSchema = z.object({
  kind: z.literal('wipe'),
  target: workEndpointSchema,
  length: bytesSchema,
  method: z.enum(['zero', 'shred']),
});

/**
 * Work that a driver names and the kernel runs (design.md §2): drivers make paths appear, the kernel moves the bytes,
 * with journal, progress, throttle, cancel and verification.
 */
export const workSchema = z.discriminatedUnion('kind', [copyWorkSchema, wipeWorkSchema]);

/** Work that a driver names and the kernel runs. */
export type Work = z.infer<typeof workSchema>;
export type CopyWork = z.infer<typeof copyWorkSchema>;
export type WipeWork = z.infer<typeof wipeWorkSchema>;
export type WorkEndpoint = z.infer<typeof workEndpointSchema>;
