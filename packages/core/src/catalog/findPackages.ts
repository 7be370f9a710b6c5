import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CatalogError } from './catalogError.ts';
import { hasErrorCode } from './errorCode.ts';
import { type PackageJson, readPackageJson } from './readPlugin.ts';

/** A directory with a package.json that has a `scoria` field, or one that could not be read. */
export type Candidate =
  | { readonly directory: string; readonly packageJson: PackageJson }
  | { readonly directory: string; readonly problem: CatalogError };

/**
 * Finds the plugin packages of one configured directory: the directory itself, or what lies in it, in its
 * `node_modules`, and in folders of one `@scope` there. Packages without a `scoria` field are passed over, unless the
 * directory itself is such a package and holds no other.
 */
export async function findPackages(directory: string): Promise<Candidate[]> {
  const self = await look(directory);
  if (self !== undefined && ('problem' in self || self.packageJson.scoria !== undefined)) return [self];
  const inside = await lookInto(directory, 'must-exist');
  const below = [...inside, ...(await lookInto(join(directory, 'node_modules'), 'may-be-absent'))];
  if (below.length > 0) return below;
  if (self !== undefined) return [self];
  const message = `${directory} is no package and holds no Scoria plugin: there is no package.json with a "scoria" field`;
  return [
    { directory, problem: new CatalogError('PLUGIN_NO_PACKAGE_JSON', message, { paths: [directory] }) },
  ];
}

async function lookInto(directory: string, presence: 'must-exist' | 'may-be-absent'): Promise<Candidate[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(directory, { withFileTypes: true });
  } catch (cause) {
    if (presence === 'may-be-absent' && hasErrorCode(cause, 'ENOENT', 'ENOTDIR')) return [];
    const why = hasErrorCode(cause, 'ENOENT') ? 'does not exist' : `cannot be read: ${String(cause)}`;
    const message = `the plugin directory ${directory} ${why}`;
    const problem = new CatalogError('PLUGIN_DIRECTORY_UNREADABLE', message, { paths: [directory], cause });
    return [{ directory, problem }];
  }
  const found: Candidate[] = [];
  for (const entry of entries.sort((a, b) => a.name.localeCompare(b.name))) {
    const path = join(directory, entry.name);
    if (entry.name.startsWith('.') || entry.name === 'node_modules' || !(await isDirectory(entry, path)))
      continue;
    if (entry.name.startsWith('@')) {
      found.push(...(await lookInto(path, 'must-exist')));
      continue;
    }
    const candidate = await look(path);
    if (candidate !== undefined && ('problem' in candidate || candidate.packageJson.scoria !== undefined)) {
      found.push(candidate);
    }
  }
  return found;
}

async function look(directory: string): Promise<Candidate | undefined> {
  try {
    const packageJson = await readPackageJson(directory);
    return packageJson === undefined ? undefined : { directory, packageJson };
  } catch (problem) {
    if (problem instanceof CatalogError) return { directory, problem };
    throw problem;
  }
}

async function isDirectory(entry: Dirent, path: string): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  try {
    // pnpm and npm link make packages links.
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ELOOP')) return false;
    throw error;
  }
}
