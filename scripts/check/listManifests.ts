import { glob } from 'node:fs/promises';
import { join } from 'node:path';

/** Every package.json of the workspace, fixtures left out, in a stable order. */
export async function listManifests(root: string): Promise<string[]> {
  const files = [join(root, 'package.json')];
  for await (const file of glob(
    '{packages/*,packages/target-helpers/*,packages/backing-stores/*,test/*}/package.json',
    { cwd: root },
  )) {
    files.push(join(root, file));
  }
  return files.sort();
}
