import { z } from 'zod';

/** Options of a directory repository. */
export const directoryRepositoryOptions = z.strictObject({
  path: z
    .string()
    .startsWith('/')
    .refine((path) => !path.includes('\0') && !path.split('/').includes('..'), 'not a plain absolute path')
    .describe('Directory of the backups; everything below it belongs to Scoria'),
  require_mount: z
    .boolean()
    .default(false)
    .describe('Refuse to work unless another filesystem is mounted there'),
});

/** {@link directoryRepositoryOptions}, parsed. */
export type DirectoryRepositoryOptions = z.infer<typeof directoryRepositoryOptions>;
