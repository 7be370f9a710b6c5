import { createHash } from 'node:crypto';
import { cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.ts';

/** Digest of every file below `root`, by path. */
export type TreeDigests = ReadonlyMap<string, string>;

/** Copies the files that git tracks in `repository` (all of `packages/`, without git) to `destination`. */
export async function copySources(repository: string, destination: string): Promise<void> {
  for (const path of await sources(repository)) await cp(join(repository, path), join(destination, path));
}

/** Digests of this repository's own sources. */
export async function sourceDigests(repository: string): Promise<TreeDigests> {
  return digestsOf(repository, await sources(repository));
}

/** Digests of all files below a directory. */
export async function treeDigests(root: string): Promise<TreeDigests> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1));
  return digestsOf(
    root,
    files.filter((path) => !path.startsWith('lost+found')),
  );
}

/** Paths in which two trees differ. */
export function differences(expected: TreeDigests, actual: TreeDigests): string[] {
  const paths = new Set([...expected.keys(), ...actual.keys()]);
  return [...paths].filter((path) => expected.get(path) !== actual.get(path)).sort();
}

async function digestsOf(root: string, paths: readonly string[]): Promise<TreeDigests> {
  const digests = new Map<string, string>();
  for (const path of paths)
    digests.set(
      path,
      createHash('sha256')
        .update(await readFile(join(root, path)))
        .digest('hex'),
    );
  return digests;
}

async function sources(repository: string): Promise<string[]> {
  const skipped = new Set(['node_modules', 'dist', '.git', '.tools', '.cache', 'coverage']);
  const listed = await run('git', ['-C', repository, 'ls-files', '-z']).catch(() => undefined);
  if (listed !== undefined) return listed.split('\0').filter((path) => path !== '');
  const paths: string[] = [];
  const visit = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(repository, folder), { withFileTypes: true })) {
      if (skipped.has(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await visit(path);
      else if (entry.isFile()) paths.push(path);
    }
  };
  await visit('');
  return paths;
}
