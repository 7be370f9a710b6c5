import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { driftOf } from './driftOf.ts';

/** Writes the files that differ. Returns their paths. */
export async function writeDocs(root: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  const drifted = await driftOf(root, files);
  for (const path of drifted) {
    const text = files.get(path);
    if (text === undefined) continue;
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return drifted;
}
