import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pluginManifestSchema } from '@scoria/core/contract';
import { z } from 'zod';
import { findPackages } from '../build/findPackages.ts';
import { optionsSchema } from '../build/optionsSchema.ts';
import { type Node, nodeSchema } from './jsonType.ts';

const workspace = resolve(import.meta.dirname, '../..');
const packageJson = z.object({ description: z.string(), scoria: pluginManifestSchema });

/** The options of one plugin. */
export interface PluginOptions {
  readonly kind: string;
  readonly name: string;
  readonly description: string;
  readonly options: Readonly<Record<string, Node>>;
}

/** The options of every plugin of the workspace, in the order of kind and name. */
export async function pluginOptions(): Promise<PluginOptions[]> {
  const found = await Promise.all(
    (await findPackages(workspace)).map(async (each): Promise<PluginOptions[]> => {
      const schema = await optionsSchema(each);
      if (schema === undefined) return [];
      const text = await readFile(join(each.folder, 'package.json'), 'utf8');
      const { description, scoria } = packageJson.parse(JSON.parse(text));
      const { properties = {} } = nodeSchema.parse(JSON.parse(schema.contents.toString()));
      return [{ kind: scoria.kind, name: scoria.name, description, options: properties }];
    }),
  );
  const order = ({ kind, name }: PluginOptions): string => `${kind} ${name}`;
  return found.flat().sort((one, other) => (order(one) < order(other) ? -1 : 1));
}
