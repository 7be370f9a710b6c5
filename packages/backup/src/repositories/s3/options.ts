import { z } from 'zod';

/** A text that shows itself only when asked. */
export interface HiddenText {
  readonly reveal: () => string;
}

/** A secret as the configuration has it (something that can be revealed), or its plain text. */
const hiddenText = z
  .union([
    z
      .string()
      .min(1)
      .max(4096)
      .transform((text): HiddenText => ({ reveal: () => text })),
    z.custom<HiddenText>(
      (value) =>
        typeof value === 'object' &&
        value !== null &&
        'reveal' in value &&
        typeof value.reveal === 'function',
      'expected a secret',
    ),
  ])
  .meta({ secret: true });

const endpoint = z
  .string()
  .regex(/^https?:\/\/[^/?#@\s\\]+\/?$/, 'a URL of scheme, host and port only, without credentials')
  .refine((text) => URL.canParse(text), 'not a URL');

/** Options of an S3 repository. */
export const s3RepositoryOptions = z
  .strictObject({
    endpoint: endpoint.describe('URL of the server, without bucket: https://s3.example.org'),
    region: z
      .string()
      .regex(/^[a-z0-9-]{1,63}$/)
      .default('us-east-1')
      .describe('Region that requests are signed for'),
    bucket: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/)
      .describe('An existing bucket'),
    prefix: z
      .string()
      .max(200)
      .regex(
        /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)+$/,
        'one or more names, each followed by a slash: backups/host-1/',
      )
      .default('scoria/')
      .describe('Before the name of every object; everything below it belongs to Scoria'),
    path_style: z
      .boolean()
      .default(true)
      .describe('Bucket in the path of requests (true) or in the name of the host (false)'),
    credentials_file: z
      .string()
      .startsWith('/')
      .optional()
      .describe(
        "File of mode 0600 in the form of AWS's shared credentials; instead of the two options below",
      ),
    credentials_profile: z.string().min(1).default('default').describe('Section of that file'),
    access_key_id: z.string().min(1).max(256).optional().describe('Name of the key'),
    secret_access_key: hiddenText.optional().describe('The key'),
    timeout_seconds: z
      .number()
      .min(0.1)
      .max(3600)
      .default(30)
      .describe('How long the server may be silent in the middle of a request'),
    attempts: z.int().min(1).max(20).default(6).describe('How often a request is made before it has failed'),
    retry_seconds: z
      .number()
      .min(0)
      .max(3600)
      .default(60)
      .describe('How long after its first failure a request may still be repeated'),
  })
  .superRefine((options, context) => {
    const pair = [options.access_key_id, options.secret_access_key].filter((each) => each !== undefined);
    const inFile = options.credentials_file !== undefined;
    if (inFile ? pair.length > 0 : pair.length < 2)
      context.addIssue({
        code: 'custom',
        message: 'give credentials_file, or both access_key_id and secret_access_key',
      });
  });

/** {@link s3RepositoryOptions}, parsed. */
export type S3RepositoryOptions = z.infer<typeof s3RepositoryOptions>;
