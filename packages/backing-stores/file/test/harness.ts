import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  copyFileSync,
  ftruncateSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BackingStore, bytes, createLogger, MIB, type StoreResult } from '@scoria/driver-sdk';
import { afterAll } from 'vitest';
import plugin, { options } from '../src/index.ts';

/** A directory on a real filesystem; `skip` says why it cannot be had here. */
export interface Place {
  readonly name: string;
  readonly path: string;
  readonly reflinks: boolean;
  readonly skip: string | undefined;
}

const root = mkdtempSync(join(tmpdir(), 'file-store-'));
const mounts: string[] = [];
let count = 0;

afterAll(() => {
  for (const path of mounts.reverse()) execFileSync('umount', [path]);
  rmSync(root, { recursive: true, force: true });
});

/** A new directory below the temporary one. */
export function temporaryDirectory(): string {
  count += 1;
  const path = join(root, String(count));
  mkdirSync(path);
  return path;
}

/** A place in the temporary directory. */
export function here(): Place {
  const path = temporaryDirectory();
  return { name: 'temporary directory', path, reflinks: canClone(path), skip: undefined };
}

/** Mounts a filesystem until the end of the test file. */
export function mounted(type: 'xfs' | 'btrfs' | 'tmpfs', mib: number): Place {
  const path = temporaryDirectory();
  const reflinks = type !== 'tmpfs';
  try {
    if (type === 'tmpfs') {
      mount(['-t', 'tmpfs', '-o', `size=${mib}m`, 'tmpfs', path]);
    } else {
      const image = `${path}.img`;
      writeFileSync(image, '');
      truncateSync(image, mib * MIB);
      execFileSync(`mkfs.${type}`, ['-q', image], { stdio: ['ignore', 'ignore', 'pipe'] });
      mount(['-o', 'loop', image, path]);
    }
    return { name: type, path, reflinks, skip: undefined };
  } catch (error) {
    const skip = `no ${type}: ${error instanceof Error ? error.message.split('\n').join(' ') : String(error)}`;
    console.warn(`SKIPPED ${skip}`);
    return { name: type, path, reflinks, skip };
  }
}

function mount(args: string[]): void {
  execFileSync('mount', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const path = args.at(-1);
  if (path !== undefined) mounts.push(path);
}

/** A store on a directory, with these options of a backend section. */
export async function openStore(
  directory: string,
  section: Record<string, unknown> = {},
): Promise<BackingStore> {
  const log = createLogger({ name: 'test', level: 'fatal' });
  return plugin.create(options.parse({ file_store_dir: directory, ...section }), {
    backend: 'files',
    stateDir: directory,
    log,
  });
}

/** A volume of some MiB. */
export function volume(name: string, mib = 1): { name: string; size: ReturnType<typeof bytes> } {
  return { name, size: bytes(mib * MIB) };
}

/** Does what a result asks of the kernel, plainly. */
export function doWork({ work }: StoreResult): void {
  for (const each of work) {
    if (each.kind !== 'copy') throw new Error(`unexpected work ${each.kind}`);
    const { dev, ino } = statSync(each.destination.path, { bigint: true });
    if (each.destination.identity.type !== 'inode' || each.destination.identity.ino !== String(ino))
      throw new Error('wrong inode');
    if (each.destination.identity.dev !== String(dev)) throw new Error('wrong device');
    const fd = openSync(each.destination.path, 'r+');
    writeSync(fd, readFileSync(each.source.path).subarray(0, each.length), 0, each.length, 0);
    closeSync(fd);
  }
}

/** Writes into the file of a volume. */
export function write(path: string, offset: number, data: Uint8Array): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, data, 0, data.length, offset);
  closeSync(fd);
}

/** Makes a sparse file. */
export function sparseFile(path: string, size: number): void {
  const fd = openSync(path, 'w');
  ftruncateSync(fd, size);
  closeSync(fd);
}

/** Every path below a directory, sorted: what a failed operation must not change. */
export function tree(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
}

/** The error a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`expected a rejection, got ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}

function canClone(directory: string): boolean {
  const file = join(directory, 'probe');
  writeFileSync(file, 'x');
  try {
    copyFileSync(file, `${file}-2`, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(file);
    rmSync(`${file}-2`, { force: true });
  }
}
