/**
 * Builds every workspace package into its `dist/`:
 *
 *   node --conditions=scoria-source scripts/build.ts [name or folder part ...]
 *
 * Libraries keep their dependencies external; plugins and programs are bundled whole, because a bundle starts in
 * well under half the CPU of its modules. Exit code 1 when an entry that exists does not build; packages that do
 * build are still written.
 */
import { relative, resolve } from 'node:path';
import { buildPackage } from './build/buildPackage.ts';
import { findPackages } from './build/findPackages.ts';

const root = resolve(import.meta.dirname, '..');
const wanted = process.argv.slice(2);
const started = performance.now();

const packages = (await findPackages(root)).filter(
  (found) =>
    wanted.length === 0 ||
    wanted.some((word) => found.manifest.name.includes(word) || relative(root, found.folder).includes(word)),
);
const outcomes = await Promise.allSettled(packages.map((found) => buildPackage(found)));

let failed = 0;
let files = 0;
for (const [index, outcome] of outcomes.entries()) {
  const name = packages[index]?.manifest.name ?? '';
  if (outcome.status === 'fulfilled') {
    files += outcome.value.length;
    if (outcome.value.length === 0) console.log(`build: ${name}: no sources yet, skipped`);
    continue;
  }
  failed += 1;
  console.error(`build: ${name}: ${reasonOf(outcome.reason)}`);
}
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log(`build: ${files} files of ${packages.length - failed} packages in ${seconds} s`);
if (packages.length === 0) console.error(`build: no package matches ${wanted.join(', ')}`);
process.exitCode = failed > 0 || packages.length === 0 ? 1 : 0;

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // esbuild's message already lists each place; a stack of the bundler adds nothing.
  return 'errors' in error ? error.message : (error.stack ?? error.message);
}
