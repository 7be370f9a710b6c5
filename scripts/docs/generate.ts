import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contractJsonSchema, manifestJsonSchema } from '@scoria/core/contract';
import { errorTables } from './errorTables.ts';
import { fillBlocks } from './fillBlocks.ts';
import { operationsPage } from './operationsPage.ts';
import { optionsPage } from './optionsPage.ts';
import { timesTable } from './timesTable.ts';
import { wireTables } from './wireTables.ts';

/** Hand-written pages with generated blocks inside. */
const pages = ['docs/errors.md', 'docs/protocol.md'];

/**
 * What every generated file of the documentation has to contain: path relative to the root, to text.
 * @throws when a page lacks a block, or has one that nothing generates.
 */
export async function generate(root: string): Promise<Map<string, string>> {
  const blocks = { ...errorTables(), ...timesTable(), ...wireTables() };
  const filled = fillBlocks(
    await Promise.all(pages.map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') }))),
    blocks,
  );
  return new Map([
    ...filled,
    ['docs/reference/operations.md', operationsPage()],
    ['docs/reference/options.md', await optionsPage()],
    ['docs/reference/contract.schema.json', json(contractJsonSchema())],
    ['docs/reference/manifest.schema.json', json(manifestJsonSchema())],
  ]);
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
