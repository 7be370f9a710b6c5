import { open } from 'node:fs/promises';
import plugin, { options } from '@scoria/backing-store-lvm';
import { DataMover } from '@scoria/data-mover';
import { type BackingStore, bytes, createLogger, MIB, type Work } from '@scoria/driver-sdk';
import { run } from '@scoria/host-exec';

/** A store in this process, with these options of a backend section. */
export async function openStore(
  group: string,
  section: Record<string, unknown> = {},
  backend = 'lab',
): Promise<BackingStore> {
  const log = createLogger({ name: 'lvm', level: 'warn' });
  return plugin.create(options.parse({ volume_group: group, ...section }), {
    backend,
    stateDir: '/tmp',
    log,
  });
}

/** A volume of some MiB. */
export const volume = (name: string, mib = 8) => ({ name, size: bytes(mib * MIB) });

// Its thread takes a minute to start here: one does for all.
let mover: DataMover | undefined;

/** Does the work of a result as the service does: by the data-mover, which has every device prove what it is. */
export async function doWork({ work }: { readonly work: readonly Work[] }): Promise<void> {
  if (work.length === 0) return;
  if (mover === undefined) {
    mover = new DataMover({ maxThreads: 1, minThreads: 1 });
    mover.start();
  }
  for (const each of work) {
    if (each.kind === 'copy') await mover.copy(each);
    else
      await mover.wipe({
        target: each.target,
        length: each.length,
        method: each.method,
        require: each.guarantee,
      });
  }
}

/** Ends what {@link doWork} has started. */
export async function endWork(): Promise<void> {
  await mover?.close();
  mover = undefined;
}

/** Deletes as the service does. */
export async function deleteVolume(store: BackingStore, name: string): Promise<void> {
  await doWork(await store.delete(name));
  await store.delete(name, { workDone: true });
}

/** Deletes as the service does. */
export async function deleteSnapshot(store: BackingStore, name: string): Promise<void> {
  await doWork(await store.deleteSnapshot(name));
  await store.deleteSnapshot(name, { workDone: true });
}

/** Writes all of a device with a text, over and over, and to the disk. */
export async function fill(path: string, mib: number, text: string): Promise<void> {
  await using file = await open(path, 'r+');
  const chunk = Buffer.alloc(MIB, text);
  for (let at = 0; at < mib; at += 1) await file.write(chunk, 0, MIB, at * MIB);
  await file.sync();
}

/** What a range of a device is: the text it was filled with, `zero`, or `other`; past the page cache of its users. */
export async function contentOf(
  path: string,
  mib: number,
  texts: readonly string[],
  from = 0,
): Promise<string> {
  await run('blockdev', ['--flushbufs', path]);
  await using file = await open(path, 'r');
  const seen = new Set<string>();
  const buffer = Buffer.alloc(MIB);
  const zero = Buffer.alloc(MIB);
  for (let at = from; at < from + mib; at += 1) {
    await file.read(buffer, 0, MIB, at * MIB);
    const text = texts.find((each) => buffer.equals(Buffer.alloc(MIB, each)));
    seen.add(buffer.equals(zero) ? 'zero' : (text ?? 'other'));
  }
  return [...seen].sort().join(' ');
}

/** Whether a text is anywhere in a device. */
export async function contains(path: string, text: string): Promise<boolean> {
  await run('blockdev', ['--flushbufs', path]);
  await using file = await open(path, 'r');
  const buffer = Buffer.alloc(MIB);
  for (let at = 0; ; at += buffer.length) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return false;
    if (buffer.subarray(0, bytesRead).includes(text)) return true;
  }
}

/** Which extents of which disk a logical volume has. */
export async function extentsOf(name: string): Promise<string> {
  const { stdout } = await run('lvs', ['--noheadings', '--options', 'seg_pe_ranges', name]);
  return stdout.trim();
}

/** What LVM shows of the volumes of a group: column by column, a line each. */
export async function lvs(group: string, columns: string): Promise<string[]> {
  const { stdout } = await run('lvs', ['--noheadings', '--separator', ' ', '--options', columns, group]);
  return stdout
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
