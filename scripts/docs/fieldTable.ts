import { jsonType, type Node } from './jsonType.ts';
import { code, table } from './markdown.ts';

/** A table of the fields of an object node; fields of objects inside it that are no model are in dotted form. */
export function fieldTable(node: Node): string {
  return table(['Field', 'Type', 'Required', 'Default', 'Meaning'], rows(node, ''));
}

function rows(node: Node, prefix: string): string[][] {
  const required = new Set(node.required ?? []);
  return Object.entries(node.properties ?? {}).flatMap(([key, field]) => {
    const path = `${prefix}${key}`;
    const row = [
      code(path),
      jsonType(field),
      required.has(key) ? 'yes' : 'no',
      code(field.default === undefined ? '' : JSON.stringify(field.default)),
      field.description ?? '',
    ];
    return [row, ...inner(field, path)];
  });
}

function inner(field: Node, path: string): string[][] {
  if (field.properties !== undefined) return rows(field, `${path}.`);
  if (typeof field.items === 'object' && field.items.properties !== undefined)
    return rows(field.items, `${path}[].`);
  return [];
}
