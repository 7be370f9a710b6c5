import { statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.ts';
import { diskAtRest } from './diskAtRest.ts';

/** Where and how the data bench measures. */
export interface Workbench {
  /** On the disk that is measured. */
  readonly directory: string;
  /** Bytes of the large works: 4 GiB unless said otherwise. Everything else is a fraction or multiple of it. */
  readonly size: number;
  readonly rounds: number;
  /** Whether peers are measured, too. */
  readonly peers: boolean;
  /** Why loop devices and mounts cannot be had, or undefined when they can. */
  readonly unprivileged: string | undefined;
  /** Aborted by Ctrl-C: what is mounted and attached goes before the process does. */
  readonly interrupted: AbortSignal;
  log(text: string): void;
  /** Everything written is on the disk, nothing of it in memory, and the disk at rest. */
  coolDown(): Promise<void>;
  /** The path of a file or folder in the directory. */
  path(name: string): string;
}

/** Most bytes that a suite keeps at once, in sizes of the large work. */
const SPACE = 6;

/** @throws Error when there is not enough space */
export async function openWorkbench(
  directory: string,
  options: Pick<Workbench, 'size' | 'rounds' | 'peers' | 'interrupted'>,
): Promise<Workbench> {
  const { bavail, bsize } = await statfs(directory);
  const needed = SPACE * options.size;
  if (bavail * bsize < needed)
    throw new Error(
      `${directory} has ${gib(bavail * bsize)} free, the bench needs ${gib(needed)}; --size-mib makes it smaller`,
    );
  const root = process.getuid?.() === 0;
  const log = (text: string): void => console.error(`bench: ${text}`);
  log(
    root
      ? 'the cache is cold: sync and drop_caches before each measurement'
      : 'not root: the cache is warm (drop_caches is refused), and nothing on loop devices is measured',
  );
  return {
    ...options,
    directory,
    unprivileged: root ? undefined : 'not root',
    log,
    path: (name) => join(directory, name),
    async coolDown() {
      await run('sync', []);
      // proc(5): 3 is page cache, dentries and inodes.
      if (root) await writeFile('/proc/sys/vm/drop_caches', '3\n');
      await diskAtRest(directory);
    },
  };
}

/** Bytes for people. */
export function gib(bytes: number): string {
  return bytes >= 2 ** 30 ? `${+(bytes / 2 ** 30).toFixed(1)} GiB` : `${Math.round(bytes / 2 ** 20)} MiB`;
}
