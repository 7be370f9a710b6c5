/**
 * Every check that needs no running service:
 *
 *   npm run check [-- lint types boundaries docs reference manifests files]
 *
 * Runs all that are named (without names: all) and prints what each found. Exit code 1 when one found something.
 */
import { resolve } from 'node:path';
import { checkFiles } from './check/files.ts';
import { checkManifests } from './check/manifests.ts';
import { runScript, runTool } from './check/runTool.ts';

/** `tsc` remembers what it checked, so that a second run takes a third of the time. */
const incremental = ['--incremental', '--tsBuildInfoFile', '.cache/check.tsbuildinfo'];

/** Findings, ready to print; empty when all is well. */
type Check = (root: string) => Promise<string>;

const checks: Record<string, Check> = {
  lint: (root) => runTool(root, '@biomejs/biome/bin/biome', ['check', '--error-on-warnings']),
  types: (root) =>
    runTool(root, 'typescript/bin/tsc', ['--project', 'tsconfig.json', '--pretty', 'false', ...incremental]),
  boundaries: (root) =>
    runTool(root, 'dependency-cruiser/bin/dependency-cruiser.mjs', [
      ...['--config', '.dependency-cruiser.mjs', '--output-type', 'err', 'packages', 'test', 'scripts'],
    ]),
  docs: (root) => runTool(root, 'typedoc/dist/cli.js', ['--emit', 'none']),
  reference: (root) => runScript(root, 'scripts/docs.ts', ['--check']),
  manifests: checkManifests,
  files: checkFiles,
};

const root = resolve(import.meta.dirname, '..');
const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(checks);

const outcomes = await Promise.all(
  names.map(async (name) => {
    const check = checks[name];
    if (check === undefined)
      return { name, findings: `no such check; there are ${Object.keys(checks).join(', ')}`, ms: 0 };
    const started = performance.now();
    const findings = await check(root);
    return { name, findings, ms: performance.now() - started };
  }),
);
for (const { name, findings, ms } of outcomes) {
  if (findings !== '') console.log(`${findings.trimEnd()}\n`);
  console.log(`check: ${name.padEnd(10)} ${findings === '' ? 'ok' : 'FAILED'} (${(ms / 1000).toFixed(1)} s)`);
}
process.exitCode = outcomes.some(({ findings }) => findings !== '') ? 1 : 0;
