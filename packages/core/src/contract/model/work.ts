import { z } from 'zod';
import { bytesSchema } from '../bytes.ts';
import { identitySchema } from './identity.ts';

/** A byte range of a file or block device of this host, with the identity it must show before it is touched. */
export const workEndpointSchema = z
  .object({
    path: z.string().startsWith('/').describe('Absolute path on this host.'),
    identity: identitySchema.describe('What it must show before it is touched.'),
    offset: bytesSchema.prefault(0).describe('First byte of the range.'),
  })
  .meta({ id: 'WorkEndpoint', description: 'A byte range of a file or block device of this host.' });

/** Bytes to copy. Holes of the source may be skipped only where the destination is proven zero. */
export const copyWorkSchema = z
  .object({
    kind: z.literal('copy').describe('Discriminator.'),
    source: workEndpointSchema.describe('Where the bytes are.'),
    destination: workEndpointSchema.describe('Where they go.'),
    length: bytesSchema.describe('How many bytes.'),
    destinationIsZero: z
      .boolean()
      .default(false)
      .describe('Whether the destination is proven to read as zero, so that holes may be skipped.'),
  })
  .meta({ id: 'CopyWork', description: 'Bytes to copy.' });

/** Bytes to destroy before their space may be used again. */
export const wipeWorkSchema = z
  .object({
    kind: z.literal('wipe').describe('Discriminator.'),
    target: workEndpointSchema.describe('Where the bytes are destroyed.'),
    length: bytesSchema.describe('How many bytes.'),
    method: z
      .enum(['zero', 'shred'])
      .describe('`zero`: ends as zeros. `shred`: overwritten by random passes first; always overwrites.'),
    guarantee: z
      .enum(['reads-as-zero', 'overwritten'])
      .default('reads-as-zero')
      .describe(
        '`reads-as-zero`: nothing else can be read there afterwards, though the medium may still hold it. `overwritten`: every block was written; where that cannot be had, the work fails.',
      ),
  })
  .meta({ id: 'WipeWork', description: 'Bytes to destroy before their space may be used again.' });

/**
 * Work that a driver names and the kernel runs (design.md §2): drivers make paths appear, the kernel moves the bytes,
 * with journal, progress, throttle, cancel and verification.
 */
export const workSchema = z.discriminatedUnion('kind', [copyWorkSchema, wipeWorkSchema]).meta({
  id: 'Work',
  description:
    'Work that a driver names and the kernel runs, with journal, progress, throttle, cancel and verification.',
});

/** Parameter of what may name work before it can be finished: whether that work is done. Drivers that name none ignore it. */
export const workDoneSchema = z
  .boolean()
  .default(false)
  .describe('Whether the work that an earlier answer named is done.');

/** Work that a driver names and the kernel runs. */
export type Work = z.infer<typeof workSchema>;
/** Bytes to copy. */
export type CopyWork = z.infer<typeof copyWorkSchema>;
/** Bytes to destroy. */
export type WipeWork = z.infer<typeof wipeWorkSchema>;
/** Where work reads or writes. */
export type WorkEndpoint = z.infer<typeof workEndpointSchema>;
