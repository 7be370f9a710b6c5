import { z } from 'zod';

/** The versions of the driver protocol this build speaks, newest first. */
export const PROTOCOL_VERSIONS: readonly number[] = [1];

/** What a plugin is. */
export const pluginKindSchema = z.enum(['driver', 'target-helper', 'backing-store']);

/** What a plugin is. */
export type PluginKind = z.infer<typeof pluginKindSchema>;

/**
 * The `scoria` field of a plugin's package.json. It is all the service reads of a plugin before it runs it in a process
 * of its own.
 */
export const pluginManifestSchema = z.object({
  kind: pluginKindSchema.describe('What the plugin is.'),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes; starts with a letter')
    .describe('What a configuration calls it: `iscsi`, `tgtadm`, `file`.'),
  protocol: z.array(z.number().int().positive()).min(1).describe('Protocol versions it speaks.'),
  entry: z
    .string()
    .min(1)
    .describe('JavaScript module, relative to the package; or an executable when `executable` is set.'),
  executable: z
    .boolean()
    .default(false)
    .describe('Whether `entry` is started as it is (a driver in another language) instead of with Node.'),
  optionsSchema: z
    .string()
    .min(1)
    .optional()
    .describe(
      'JSON Schema of its options, relative to the package: lets a configuration be checked without running anything.',
    ),
});

/** The `scoria` field of a plugin's package.json. */
export type PluginManifest = z.infer<typeof pluginManifestSchema>;
