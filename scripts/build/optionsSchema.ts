import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { WorkspacePackage } from './findPackages.ts';
import type { OutputFile } from './writeOutputs.ts';

/**
 * JSON Schema of a plugin's options, from the zod object that its `src/options.ts` exports as `options`. The service
 * validates a config file with it without starting the plugin.
 * @returns undefined for packages that are no plugin, or have no options file yet.
 * @throws when `options` is missing or is no zod object.
 */
export async function optionsSchema({ folder, manifest }: WorkspacePackage): Promise<OutputFile | undefined> {
  const target = manifest.scoria?.optionsSchema;
  const source = join(folder, 'src/options.ts');
  if (target === undefined || !existsSync(source)) return undefined;
  const module: Record<string, unknown> = await import(pathToFileURL(source).href);
  const { options } = module;
  if (!(options instanceof z.ZodObject)) throw new Error("src/options.ts must export 'options', a z.object");
  const schema = z.toJSONSchema(options, { io: 'input' });
  return { path: join(folder, target), contents: Buffer.from(`${JSON.stringify(schema, null, 2)}\n`) };
}
