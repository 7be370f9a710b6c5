import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Paths of the files on disk that are absent or differ from what they have to contain. */
export async function driftOf(root: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  const found = await Promise.all(
    [...files].map(async ([path, wanted]) => ((await textOf(join(root, path))) === wanted ? [] : [path])),
  );
  return found.flat();
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
