import {
  backendOptionsSchema,
  deprecatedOptionNames,
  iscsiOptionsSchema,
  iserOptionsSchema,
  targetHelperOptionsSchema,
  wireJsonSchema,
} from '@scoria/core/contract';
import type { z } from 'zod';
import { jsonType, type Node, nodeSchema } from './jsonType.ts';
import { code, generatedMark, table } from './markdown.ts';
import { type PluginOptions, pluginOptions } from './pluginOptions.ts';

const groups: readonly (readonly [title: string, text: string, schema: z.ZodObject])[] = [
  ['Every backend', 'Every backend section takes these.', backendOptionsSchema],
  ['iSCSI', 'Options of the iSCSI transport.', iscsiOptionsSchema],
  ['iSER', 'Options of the iSER transport. Each wins over its iSCSI counterpart.', iserOptionsSchema],
  ['Target helpers', 'Options of the helpers that export volumes as targets.', targetHelperOptionsSchema],
];

/** Options that the contract has already described. */
const shared = new Set(groups.flatMap(([, , schema]) => Object.keys(schema.shape)));

/** `docs/reference/options.md`: every option of the contract, and of each plugin of this repository. */
export async function optionsPage(): Promise<string> {
  return `${[
    generatedMark,
    '# Options',
    'The names are those of cinder.conf, so that a section can be moved over by eye. A backend section is flat: driver, ' +
      'target helper and backing store each take their own options from it.',
    ...groups.map(([title, text, schema]) =>
      [`## ${title}`, text, optionTable(propertiesOf(schema))].join('\n\n'),
    ),
    '## Old names',
    table(
      ['Old name', 'Name'],
      Object.entries(deprecatedOptionNames).map(([old, name]) => [code(old), code(name)]),
    ),
    ...(await pluginOptions()).map(pluginSection),
  ].join('\n\n')}\n`;
}

function pluginSection({ kind, name, description, options }: PluginOptions): string {
  const own = Object.entries(options).filter(([option]) => !shared.has(option));
  const others = Object.keys(options).filter((option) => shared.has(option));
  return [
    `## ${kind} ${code(name)}`,
    `${description}.`,
    ...(others.length > 0 ? [`Takes ${others.map(code).join(', ')} of the above.`] : []),
    ...(own.length > 0 ? [optionTable(Object.fromEntries(own))] : []),
  ].join('\n\n');
}

const propertiesOf = (schema: z.ZodObject): Readonly<Record<string, Node>> =>
  nodeSchema.parse(wireJsonSchema(schema)).properties ?? {};

function optionTable(properties: Readonly<Record<string, Node>>): string {
  return table(
    ['Option', 'Type', 'Default', 'Meaning'],
    Object.entries(properties).map(([name, node]) => [
      code(name),
      jsonType(node),
      code(node.default === undefined ? '' : JSON.stringify(node.default)),
      node.description ?? '',
    ]),
  );
}
