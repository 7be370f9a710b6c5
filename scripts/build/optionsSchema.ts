import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { WorkspacePackage } from './findPackages.ts';
import type { OutputFile } from './writeOutputs.ts';

/**
 * JSON Schema of a plugin's options: of the one zod object that its `src/options.ts` exports, or of the one named
 * `options`. The service validates a config file with it without starting the plugin.
 * @returns undefined for packages that are no plugin, or have no options file yet.
 * @throws when there is no such object, or more than one and none is named `options`.
 */
export async function optionsSchema({ folder, manifest }: WorkspacePackage): Promise<OutputFile | undefined> {
  const target = manifest.scoria?.optionsSchema;
  const source = join(folder, 'src/options.ts');
  if (target === undefined || !existsSync(source)) return undefined;
  const schema = z.toJSONSchema(await optionsOf(source), { io: 'input' });
  return { path: join(folder, target), contents: Buffer.from(`${JSON.stringify(schema, null, 2)}\n`) };
}

async function optionsOf(file: string): Promise<z.ZodObject> {
  const module: Record<string, unknown> = await import(pathToFileURL(file).href);
  if (module['options'] instanceof z.ZodObject) return module['options'];
  const [only, ...others] = Object.values(module).filter((value) => value instanceof z.ZodObject);
  if (only !== undefined && others.length === 0) return only;
  throw new Error(`${file} must export the plugin's options as one z.object, or name it 'options'`);
}
