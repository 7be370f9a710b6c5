import type { Globals } from '../globals.ts';
import { formatFields, formatTable } from './table.ts';

/** A column of a list: its heading, and how to get its value. */
export type Column<Item> = readonly [heading: string, value: (item: Item) => unknown];

/** Prints one object: its fields, or JSON. */
export function printObject(globals: Globals, object: Readonly<Record<string, unknown>>): void {
  if (globals.quiet) return;
  print(globals.json ? JSON.stringify(object, null, 2) : formatFields(object));
}

/** Prints a list: a table, or JSON. */
export function printList<Item>(
  globals: Globals,
  items: readonly Item[],
  columns: readonly Column<Item>[],
): void {
  if (globals.quiet) return;
  if (globals.json) {
    print(JSON.stringify(items, null, 2));
    return;
  }
  const headings = columns.map(([heading]) => heading);
  print(
    formatTable(
      headings,
      items.map((item) => columns.map(([, value]) => value(item))),
    ),
  );
}

/** Says what was done; for people only. */
export function printDone(globals: Globals, text: string): void {
  if (!globals.quiet && !globals.json) print(text);
}

/** Writes a text and a newline to stdout. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
