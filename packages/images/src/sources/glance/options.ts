import { z } from 'zod';
import { httpOptions, httpUrlSchema } from '../transfer/httpOptions.ts';

/** Options of the Glance source. */
export const glanceOptionsSchema = z
  .strictObject({
    type: z.literal('glance').describe('The image service of OpenStack, API version 2'),
    url: httpUrlSchema.describe('Where Glance answers, without /v2: http://127.0.0.1:9292'),
    auth: z
      .enum(['caller', 'token_file', 'none'])
      .describe(
        "Whose token Glance gets: the one that the caller gave to Scoria (only where both ask the same Keystone), the token_file's, or none. Without the caller's own token, projects see what is public, their own, and what they uploaded",
      ),
    token_file: z
      .string()
      .startsWith('/')
      .optional()
      .describe('File of mode 0600 that holds a token; read for each request, so it can be renewed in place'),
    poll_seconds: z
      .number()
      .min(0.05)
      .max(60)
      .default(1)
      .describe('Time between two looks at an image that was uploaded and is not active yet'),
    ...httpOptions,
  })
  .refine((options) => (options.auth === 'token_file') === (options.token_file !== undefined), {
    path: ['token_file'],
    error: 'needed with auth: token_file, and only with it',
  });

/** Parsed options of the Glance source. */
export type GlanceOptions = z.output<typeof glanceOptionsSchema>;
