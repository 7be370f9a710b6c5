import { formatCell } from './table.ts';

/** Lays nested objects out as indented lines, one per value. */
export function formatTree(value: Readonly<Record<string, unknown>>, indent = ''): string {
  return Object.entries(value)
    .map(([key, each]) => {
      if (typeof each !== 'object' || each === null || Array.isArray(each))
        return `${indent}${key}: ${formatCell(each)}`;
      const inside = formatTree(each as Readonly<Record<string, unknown>>, `${indent}  `);
      return inside === '' ? `${indent}${key}: -` : `${indent}${key}:\n${inside}`;
    })
    .join('\n');
}
