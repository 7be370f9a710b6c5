import { basename, join } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { englishOnly } from './englishOnly.ts';
import { findEntries } from './entries.ts';
import type { WorkspacePackage } from './findPackages.ts';
import { optionsSchema } from './optionsSchema.ts';
import { type OutputFile, writeOutputs } from './writeOutputs.ts';

/** Native addons, and packages that start worker threads from files of their own: they cannot be bundled. */
const unbundled = ['better-sqlite3', 'koffi', 'piscina'];

/** CommonJS dependencies inside an ESM bundle still call `require` for node's built-ins. */
const requireBanner =
  "import { createRequire as scoriaCreateRequire } from 'node:module'; const require = scoriaCreateRequire(import.meta.url);";

/** A driver lends its own copy of the SDK to the helper and the store in its process. */
const lentByDriver = ['@scoria/driver-sdk'];

const common = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  conditions: ['scoria-source'],
  sourcemap: 'linked',
  sourcesContent: false,
  minify: false,
  write: false,
  metafile: true,
  logLevel: 'silent',
  legalComments: 'none',
} satisfies BuildOptions;

/**
 * Builds one package into its `dist/` and removes what an earlier build left there.
 * @returns the written files; empty when the package has no sources yet.
 * @throws esbuild's BuildFailure, or an Error when a bundle imports what the package does not depend on.
 */
export async function buildPackage(found: WorkspacePackage): Promise<string[]> {
  const entries = findEntries(found);
  const outdir = join(found.folder, 'dist');
  const absWorkingDir = found.folder;
  const outputs: OutputFile[] = [];

  if (Object.keys(entries.library).length > 0) {
    const result = await build({
      ...common,
      absWorkingDir,
      outdir,
      entryPoints: entries.library,
      packages: 'external',
      // Entries of one package share their classes: an error thrown by one is an instance of the other's.
      splitting: true,
      chunkNames: 'chunks/[name]-[hash]',
    });
    outputs.push(...result.outputFiles);
  }
  if (Object.keys(entries.program).length > 0) {
    const result = await build({
      ...common,
      absWorkingDir,
      outdir,
      entryPoints: entries.program,
      external: isInnerPlugin(found) ? [...unbundled, ...lentByDriver] : unbundled,
      plugins: [englishOnly],
      // What is imported on demand (execa, the service in the command) is not even parsed by those who never ask for it.
      splitting: true,
      chunkNames: 'chunks/[name]-[hash]',
      banner: { js: requireBanner },
    });
    assertDeclared(found, result.metafile);
    outputs.push(...result.outputFiles);
  }
  const schema = await optionsSchema(found);
  if (schema !== undefined) outputs.push(schema);
  return writeOutputs(outdir, outputs);
}

function isInnerPlugin({ manifest }: WorkspacePackage): boolean {
  return manifest.scoria?.kind === 'target-helper' || manifest.scoria?.kind === 'backing-store';
}

/** What stays outside a bundle must be installed with the package, or the published program cannot start. */
function assertDeclared({ manifest, folder }: WorkspacePackage, metafile: Metafile): void {
  for (const output of Object.values(metafile.outputs)) {
    for (const { path, external } of output.imports) {
      if (!external || path.startsWith('node:') || path in manifest.dependencies) continue;
      if (!unbundled.includes(path)) continue;
      const file = join(basename(folder), 'package.json');
      throw new Error(
        `imports '${path}', which stays outside the bundle: add it to the dependencies in ${file}`,
      );
    }
  }
}
