import {
  backendOptionsSchema,
  deprecatedOptionNames,
  iscsiOptionsSchema,
  iserOptionsSchema,
  targetHelperOptionsSchema,
  wireJsonSchema,
} from '@scoria/core/contract';
import type { z } from 'zod';
import { jsonType, nodeSchema } from './jsonType.ts';
import { code, generatedMark, table } from './markdown.ts';

const groups: readonly (readonly [title: string, text: string, schema: z.ZodObject])[] = [
  ['Every backend', 'Every backend section takes these.', backendOptionsSchema],
  ['iSCSI', 'Options of the iSCSI transport.', iscsiOptionsSchema],
  ['iSER', 'Options of the iSER transport. Each wins over its iSCSI counterpart.', iserOptionsSchema],
  ['Target helpers', 'Options of the helpers that export volumes as targets.', targetHelperOptionsSchema],
];

/** `docs/reference/options.md`: every option of the contract. */
export function optionsPage(): string {
  return `${[
    generatedMark,
    '# Options',
    "The names are those of cinder.conf, so that a section can be moved over by eye. Options of a plugin's own are in " +
      'its README, and in the JSON Schema that it ships.',
    ...groups.map(([title, text, schema]) => [`## ${title}`, text, optionTable(schema)].join('\n\n')),
    '## Old names',
    table(
      ['Old name', 'Name'],
      Object.entries(deprecatedOptionNames).map(([old, name]) => [code(old), code(name)]),
    ),
  ].join('\n\n')}\n`;
}

function optionTable(schema: z.ZodObject): string {
  const { properties = {} } = nodeSchema.parse(wireJsonSchema(schema));
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
