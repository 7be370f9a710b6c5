import { z } from 'zod';
import { diskFormats } from '../../model.ts';
import { httpOptions, httpUrlSchema } from '../transfer/httpOptions.ts';

/** Name of an image: one part of a path, and no hidden one. */
const imageIdSchema = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);

const checksumSchema = z
  .string()
  .regex(/^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/, 'sha256: or sha512: and lower-case hexadecimal');

const described = {
  checksum: checksumSchema.describe('`sha256:` or `sha512:` and the digest of what the URL gives'),
  disk_format: z.enum(diskFormats).describe('Format of what the URL gives; never guessed'),
  name: z.string().min(1).max(255).optional().describe('Default: its id'),
  size: z.number().int().min(0).optional().describe('Bytes of what the URL gives'),
  virtual_size: z.number().int().min(0).optional().describe('Bytes of the disk inside'),
  min_disk: z.number().int().min(0).default(0).describe('Least size of a volume made of it, GiB'),
  min_ram: z.number().int().min(0).default(0).describe('MiB'),
  properties: z.record(z.string(), z.string()).default({}).describe('Properties of the image'),
};

const configuredImageSchema = z.strictObject({
  url: httpUrlSchema.describe('Where the image is'),
  ...described,
});

/** A list of images that is itself fetched. URLs in it may be relative to it. */
export const manifestSchema = z.object({
  images: z.record(imageIdSchema, z.object({ url: z.string().min(1), ...described })),
});

/** An image that the configuration or a manifest describes. */
export type HttpImage = z.output<typeof configuredImageSchema>;

/** Options of the http source. */
export const httpOptionsSchema = z.strictObject({
  type: z.literal('http').describe('Images behind http(s) URLs, each with its checksum; read-only'),
  images: z.record(imageIdSchema, configuredImageSchema).default({}).describe('Images by id'),
  manifest: httpUrlSchema
    .optional()
    .describe(
      'JSON document `{"images": {ID: {url, checksum, disk_format, …}}}` with more images, read for each request',
    ),
  allowed_hosts: z
    .array(z.string().regex(/^[A-Za-z0-9.:[\]-]+$/, 'a host, with its port where it is not the scheme’s own'))
    .default([])
    .describe("Hosts that redirects and the manifest's URLs may lead to, beside the host of the URL itself"),
  max_redirects: z.number().int().min(0).max(20).default(5).describe('Redirects that are followed'),
  ...httpOptions,
});

/** Parsed options of the http source. */
export type HttpSourceOptions = z.output<typeof httpOptionsSchema>;
