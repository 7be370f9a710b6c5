/**
 * Writes the generated documentation from the contract:
 *
 *   node --conditions=scoria-source scripts/docs.ts [--check] [--root DIR]
 *
 * Whole files below `docs/reference`, and the marked blocks of hand-written pages. With `--check` nothing is written,
 * each file that differs is named, and the exit code is 1.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { driftOf } from './docs/driftOf.ts';
import { generate } from './docs/generate.ts';
import { writeDocs } from './docs/writeDocs.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean' }, root: { type: 'string' } } });
const root = resolve(values.root ?? resolve(import.meta.dirname, '..'));
const files = await generate(root);

if (values.check === true) {
  const drifted = await driftOf(root, files);
  for (const path of drifted)
    console.error(
      `docs: ${path} differs from the contract; run: node --conditions=scoria-source scripts/docs.ts`,
    );
  if (drifted.length === 0) console.log(`docs: ${files.size} files agree with the contract`);
  process.exitCode = drifted.length === 0 ? 0 : 1;
} else {
  const written = await writeDocs(root, files);
  console.log(
    `docs: ${written.length} of ${files.size} files written${written.map((path) => `\n  ${path}`).join('')}`,
  );
}
