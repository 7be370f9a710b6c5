import { open, readFile, stat } from 'node:fs/promises';
import type { Work, WorkEndpoint } from '@scoria/core/contract';
import { run } from '@scoria/host-exec';

const chunk = 1024 * 1024;

/** Does what a driver named as work, the plain way. Refuses a file that is not the one that was meant. */
export async function runWork(work: readonly Work[]): Promise<void> {
  for (const each of work) {
    if (each.kind === 'wipe') {
      await requireIdentity(each.target);
      const { path, offset } = each.target;
      // Zeros without writing them: the devices of these tests are in memory.
      await run('fallocate', ['--punch-hole', '--offset', offset, '--length', each.length, path]);
      continue;
    }
    await requireIdentity(each.source);
    await requireIdentity(each.destination);
    await using source = await open(each.source.path, 'r');
    await using destination = await open(each.destination.path, 'r+');
    const buffer = Buffer.alloc(chunk);
    for (let done = 0; done < each.length; done += chunk) {
      const length = Math.min(chunk, each.length - done);
      const { bytesRead } = await source.read(buffer, 0, length, each.source.offset + done);
      await destination.write(buffer, 0, bytesRead, each.destination.offset + done);
    }
  }
}

async function requireIdentity({ path, identity }: WorkEndpoint): Promise<void> {
  if (identity.type === 'dm') {
    const { rdev } = await stat(path);
    const uuid = await readFile(`/sys/dev/block/${rdev >> 8}:${rdev & 0xff}/dm/uuid`, 'latin1');
    if (uuid.trim() !== identity.uuid) throw new Error(`${path} is another device`);
    return;
  }
  if (identity.type !== 'inode') throw new Error(`${path} is named with the identity ${identity.type}`);
  const { dev, ino } = await stat(path, { bigint: true });
  if (String(dev) !== identity.dev || String(ino) !== identity.ino)
    throw new Error(`${path} is another file`);
}
