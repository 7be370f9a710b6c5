import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { WorkspacePackage } from './findPackages.ts';

/** esbuild entry points: output name without extension, to source path. */
export interface Entries {
  /** Built with every dependency external. */
  library: Record<string, string>;
  /** Bundled whole, to be started by path. */
  program: Record<string, string>;
}

/** The data mover's worker threads, as seen from another package's folder. */
const sharedWorker = '../data-mover/src/worker.ts';

/** What the images package starts as processes of its own, as seen from another package's folder. */
const sharedPrograms = '../images/src/programs';

/**
 * Derives what to build from package.json and from which sources exist: each export with a `scoria-source` is a
 * library entry; a plugin's `src/main.ts`, a command's `src/main.ts`, a `src/worker.ts` and each file in
 * `src/programs` are programs.
 */
export function findEntries({ folder, manifest }: WorkspacePackage): Entries {
  const entries: Entries = { library: {}, program: {} };
  for (const target of Object.values(manifest.exports)) {
    if (typeof target === 'string') continue;
    const source = join(folder, target['scoria-source']);
    if (existsSync(source)) entries.library[outputName(target.default)] = source;
  }
  const main = join(folder, 'src/main.ts');
  const programs = [
    ...(manifest.scoria === undefined ? [] : [manifest.scoria.entry]),
    ...Object.values(manifest.bin),
  ];
  if (existsSync(main)) {
    for (const program of programs) entries.program[outputName(program)] = main;
  }
  const programFolders = [join(folder, 'src/programs')];
  if (existsSync(main) && runsService(manifest.dependencies))
    programFolders.push(join(folder, sharedPrograms));
  for (const file of programFolders.flatMap(sourcesIn)) entries.program[basename(file, '.ts')] = file;
  const worker = [join(folder, 'src/worker.ts')];
  if (existsSync(main) && runsDataMover(manifest.dependencies)) worker.push(join(folder, sharedWorker));
  const source = worker.find((path) => existsSync(path));
  if (source !== undefined) entries.program['worker'] = source;
  return entries;
}

function outputName(file: string): string {
  return basename(file, '.js');
}

function sourcesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name));
}

/** The images package's programs are started by path: they stand beside every program with the service inside. */
function runsService(dependencies: Record<string, string>): boolean {
  return '@scoria/service' in dependencies || '@scoria/images' in dependencies;
}

/** The service runs the worker pool, so every program with the service inside needs the worker file beside it. */
function runsDataMover(dependencies: Record<string, string>): boolean {
  return '@scoria/service' in dependencies || '@scoria/data-mover' in dependencies;
}
