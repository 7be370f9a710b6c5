import { z } from 'zod';

/** Options of the directory source. */
export const directoryOptionsSchema = z.strictObject({
  type: z
    .literal('directory')
    .describe('A directory of this host: image files, each with an optional ID.json beside it'),
  path: z.string().startsWith('/').describe('The directory. It must exist'),
  read_only: z.boolean().default(false).describe('Never store images in it'),
});

/** Parsed options of the directory source. */
export type DirectoryOptions = z.output<typeof directoryOptionsSchema>;
