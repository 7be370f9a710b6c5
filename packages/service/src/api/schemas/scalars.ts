import { type Bytes, gibToBytes } from '@scoria/core/contract';
import { z } from 'zod';
import { readBoolean } from '../http/query.ts';

/** The largest size in GiB whose bytes a double holds exactly: 8 PiB. */
const maxGib = 8_388_607;

/** A size in GiB, as a number or as digits; becomes {@link Bytes}, the only unit further in. */
export const gibSchema = z
  .union([z.number(), z.string()], 'must be a whole number of GiB')
  .superRefine((size, check) => {
    const refuse = (message: string) => check.addIssue({ code: 'custom', message });
    if (typeof size === 'string' ? !/^[0-9]+$/.test(size) : !Number.isInteger(size))
      refuse('must be a whole number of GiB');
    else if (Number(size) < 1) refuse('must be at least 1');
    else if (Number(size) > maxGib) refuse(`must be at most ${maxGib} (8 PiB)`);
  })
  .meta({ description: `GiB: a whole number from 1 to ${maxGib}, or its digits as text` })
  .transform((size): Bytes => gibToBytes(Number(size)));

/** A boolean, or a word for one. */
export const booleanSchema = z
  .union([z.boolean(), z.string()])
  .refine((value) => typeof value === 'boolean' || readBoolean(value) !== null, 'must be true or false')
  .transform((value) => (typeof value === 'boolean' ? value : readBoolean(value) === true));

/** Control characters would break every table a name is printed in. A name never reaches a backend. */
const printable = /^[^\p{Cc}\u2028\u2029]*$/u;

/** A display name: trimmed, at most 255 characters, one line. */
export const nameSchema = z
  .string()
  .trim()
  .max(255, 'must be at most 255 characters')
  .regex(printable, 'must not contain line breaks or other control characters');

/** A description: trimmed, at most 255 characters; line breaks are allowed. */
export const descriptionSchema = z
  .string()
  .trim()
  .max(255, 'must be at most 255 characters')
  .refine((text) => !text.includes('\0'), 'must not contain NUL');

const metadataKey = z
  .string()
  .regex(/^[a-zA-Z0-9\-_:. /]{1,255}$/, 'must be 1 to 255 letters, digits, spaces and -_:./');
const metadataValue = z.string().max(255, 'must be at most 255 characters');

/** Metadata: text to text. */
export const metadataSchema = z.record(metadataKey, metadataValue);

/** Metadata of one pair, as `PUT …/metadata/{key}` takes it. */
export const singleMetadataSchema = metadataSchema.refine(
  (pairs) => Object.keys(pairs).length === 1,
  'must hold exactly one pair',
);

/** Extra specs of a volume type. */
export const extraSpecsSchema = z.record(
  z.string().regex(/^[a-zA-Z0-9\-_:.]{1,255}$/, 'must be 1 to 255 letters, digits and -_:.'),
  z.string().max(255, 'must be at most 255 characters'),
);

/** An id in a body: 32 hex digits with or without dashes; becomes the form with dashes. */
export const uuidSchema = z
  .string()
  .regex(/^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$/, 'must be a UUID')
  .transform((text) => {
    const hex = text.replaceAll('-', '').toLowerCase();
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  });

/** An argument that says nothing: `null`, `{}` or whatever older clients send. */
export const ignoredSchema = z.unknown();

/** Links in a response. */
export const linksSchema = z.array(z.object({ rel: z.string(), href: z.string() }));

/** A time in a response: UTC, microseconds, no zone. */
export const timeSchema = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/);
