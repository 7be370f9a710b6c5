import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { findPackages } from '../../scripts/build/findPackages.ts';

const root = resolve(import.meta.dirname, '../..');
const program = join(import.meta.dirname, 'fixtures/exportsOf.mjs');
const exportsByUrl = z.record(z.string(), z.array(z.string()));

/** One export of one package: what runs in this checkout, and what an installed package has. */
interface Library {
  name: string;
  source: string;
  built: string;
}

const libraries: Library[] = (await findPackages(root)).flatMap(({ folder, manifest }) =>
  Object.entries(manifest.exports).flatMap(([path, target]) =>
    typeof target === 'string'
      ? []
      : [
          {
            name: join(manifest.name, path),
            source: pathToFileURL(join(folder, target['scoria-source'])).href,
            built: pathToFileURL(join(folder, target.default)).href,
          },
        ],
  ),
);

/** As another process sees them: vitest resolves packages to their sources, which would hide what the build lost. */
async function exportsOf(conditions: string[], urls: string[]): Promise<Record<string, string[]>> {
  const { stdout } = await promisify(execFile)(process.execPath, [...conditions, program, ...urls]);
  return exportsByUrl.parse(JSON.parse(stdout));
}

let ofSources: Record<string, string[]>;
let ofBuilds: Record<string, string[]>;
beforeAll(async () => {
  [ofSources, ofBuilds] = await Promise.all([
    exportsOf(
      ['--conditions=scoria-source'],
      libraries.map((library) => library.source),
    ),
    exportsOf(
      [],
      libraries.map((library) => library.built),
    ),
  ]);
}, 120_000);

it.each(libraries)('$name exports, built, what its sources do', ({ source, built }) => {
  expect(ofSources[source]).not.toEqual([]);
  expect(ofBuilds[built]).toEqual(ofSources[source]);
});
