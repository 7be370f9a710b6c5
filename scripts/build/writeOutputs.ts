import { glob, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file that a build produced, not yet written. */
export interface OutputFile {
  /** Absolute path. */
  path: string;
  contents: Uint8Array;
}

/**
 * Makes a `dist/` folder hold exactly these files. Unchanged files are left alone and changed ones replaced by rename,
 * so a program that starts while a build runs never reads half a file.
 * @returns the paths of all files.
 */
export async function writeOutputs(folder: string, files: readonly OutputFile[]): Promise<string[]> {
  const paths = new Set(files.map((file) => file.path));
  await Promise.all(files.map(writeIfChanged));
  for await (const old of glob('**/*.{js,map,json}', { cwd: folder })) {
    const path = join(folder, old);
    if (!paths.has(path)) await rm(path, { force: true });
  }
  return [...paths];
}

async function writeIfChanged({ path, contents }: OutputFile): Promise<void> {
  const current = await readFile(path).catch(() => undefined);
  if (current !== undefined && Buffer.compare(current, contents) === 0) return;
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, contents);
  await rename(partial, path);
}
