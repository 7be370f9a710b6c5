import { z } from 'zod';

/** A size or an offset in bytes: an integer from 0 to 2^53-1. GiB exists only at the REST edge. */
export type Bytes = z.infer<typeof bytesSchema>;

/** Parses a byte count; refuses fractions, negatives and anything a double cannot hold exactly. */
export const bytesSchema = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).brand<'Bytes'>();

/** Bytes of one KiB. */
export const KIB = 1024;
/** Bytes of one MiB. */
export const MIB = 1024 * KIB;
/** Bytes of one GiB. */
export const GIB = 1024 * MIB;

/** Brands a number as bytes. @throws ZodError when it is not an integer from 0 to 2^53-1. */
export function bytes(value: number): Bytes {
  return bytesSchema.parse(value);
}

/** Whole GiB to bytes. @throws ZodError when the result is not exact. */
export function gibToBytes(gib: number): Bytes {
  return bytes(gib * GIB);
}

/** Bytes to GiB, **rounded up**: a partly used GiB is a used GiB (contract.md D32). */
export function bytesToGibCeil(value: Bytes): number {
  return Math.ceil(value / GIB);
}
