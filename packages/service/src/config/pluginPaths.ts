import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Folders of packages inside a folder of packages. */
const groups = ['target-helpers', 'backing-stores'] as const;

/**
 * Where plugins are when the configuration does not say: beside the package that `program` belongs to, which is a
 * checkout's folder of packages or the `node_modules` that Scoria and vendors' packages were installed in.
 */
export function defaultPluginPaths(program: string): string[] {
  let folder = program;
  while (!existsSync(join(folder, 'package.json'))) {
    const above = dirname(folder);
    if (above === folder) return [];
    folder = above;
  }
  const beside = dirname(folder);
  return [basename(beside).startsWith('@') ? dirname(beside) : beside];
}

/** Adds the folders `target-helpers` and `backing-stores` of each path, where they are. */
export function withGroups(paths: readonly string[]): string[] {
  return paths.flatMap((path) => [
    path,
    ...groups.map((group) => join(path, group)).filter((each) => existsSync(each)),
  ]);
}
