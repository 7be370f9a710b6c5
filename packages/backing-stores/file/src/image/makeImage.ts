import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { run } from '@scoria/host-exec';
import { moveFile } from '../durable.ts';
import { errnoOf } from '../errors.ts';
import { factsOf } from '../fileFacts.ts';
import { makeDirectory } from '../makeDirectory.ts';
import { withFile } from '../staging.ts';

/**
 * Makes a sparse file with an XFS that has reflinks, unless it exists. It gets its name when it is complete.
 *
 * @returns whether it was made now
 */
export async function makeImage(path: string, size: number): Promise<boolean> {
  if ((await factsOf(path)) !== undefined) return false;
  await makeDirectory(dirname(path));
  const staged = `${path}.${process.pid}.new`;
  try {
    await withFile(staged, 'w', (file) => file.truncate(size));
    await run('mkfs.xfs', ['-q', '-f', '-m', 'reflink=1', staged], {
      description: 'making the image of a file store',
    });
    await withFile(staged, 'r+', (file) => file.sync());
    await moveFile(staged, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(staged, { force: true });
  }
}
