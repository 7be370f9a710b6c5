import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, readlink, rmdir, stat, symlink, unlink } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Secret } from '@scoria/driver-sdk';
import { errnoOf, LioError } from './errors.ts';

/** What is in a directory. */
export interface ConfigfsEntry {
  readonly name: string;
  readonly kind: 'directory' | 'link' | 'file';
}

/**
 * LIO's part of configfs (Documentation/filesystems/configfs.rst). Paths are relative to it. Each operation is one system call, atomic in the
 * kernel; that something is already as asked for is said by the result, everything else that fails is a LioError.
 */
export interface Configfs {
  /** Makes an object of the kernel. @returns false when it is there */
  makeDirectory(path: string): Promise<boolean>;
  /** Removes an object; one that is about to be let go is waited for. @returns false when it is not there */
  removeDirectory(path: string): Promise<boolean>;
  /** Ties one object to another. @returns false when there is such a link */
  link(path: string, to: string): Promise<boolean>;
  /** @returns false when there is no such link */
  unlink(path: string): Promise<boolean>;
  /** What a link leads to; undefined when there is none. */
  linkTarget(path: string): Promise<string | undefined>;
  /** An attribute without its final newline; undefined when there is none. */
  read(path: string): Promise<string | undefined>;
  /** Sets an attribute. */
  write(path: string, value: string | Secret): Promise<void>;
  /** What is in a directory, by name; nothing when there is none. */
  list(path: string): Promise<ConfigfsEntry[]>;
  /** Names of the attributes in a directory that can be read and set. */
  settable(path: string): Promise<string[]>;
}

/** How long an object that was just let go may keep another one. */
const BUSY_MS = 3_000;
const POLL_MS = 20;
const OWNER_READ_WRITE = constants.S_IRUSR | constants.S_IWUSR;

/** Runs a system call; `done` is the errno that means that there was nothing to do. */
async function attempt(
  what: string,
  path: string,
  done: string,
  call: () => Promise<void>,
): Promise<boolean> {
  const end = performance.now() + BUSY_MS;
  for (;;) {
    try {
      await call();
      return true;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === done) return false;
      if ((errno !== 'EBUSY' && errno !== 'EAGAIN') || performance.now() > end)
        throw new LioError(what, path, error);
    }
    await delay(POLL_MS);
  }
}

/** Gives undefined for what is not there. */
async function ifThere<T>(what: string, path: string, call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    const failure = new LioError(what, path, error);
    if (failure.code === 'ABSENT') return undefined;
    throw failure;
  }
}

/** Opens LIO's directory of configfs, whether it is there or not. */
export function openConfigfs(root: string): Configfs {
  const at = (path: string) => join(root, path);
  return {
    makeDirectory: (path) => attempt('making', path, 'EEXIST', () => mkdir(at(path)).then(() => undefined)),
    removeDirectory: (path) => attempt('removing', path, 'ENOENT', () => rmdir(at(path))),
    link: (path, to) => attempt('linking', path, 'EEXIST', () => symlink(at(to), at(path))),
    unlink: (path) => attempt('unlinking', path, 'ENOENT', () => unlink(at(path))),
    linkTarget: (path) =>
      ifThere('following', path, async () =>
        relative(root, resolve(dirname(at(path)), await readlink(at(path)))),
      ),
    read: (path) => ifThere('reading', path, async () => (await readFile(at(path), 'utf8')).trimEnd()),
    write: async (path, value) => {
      try {
        // Neither created nor truncated: an attribute takes what one write gives it.
        const handle = await open(at(path), constants.O_WRONLY);
        try {
          await handle.write(typeof value === 'string' ? value : value.reveal());
        } finally {
          await handle.close();
        }
      } catch (error) {
        throw new LioError('writing', path, error);
      }
    },
    list: async (path) => {
      const entries = await ifThere('listing', path, () => readdir(at(path), { withFileTypes: true }));
      return (entries ?? [])
        .map((entry) => ({
          name: entry.name,
          kind: entry.isDirectory()
            ? ('directory' as const)
            : entry.isSymbolicLink()
              ? ('link' as const)
              : ('file' as const),
        }))
        .sort((one, other) => (one.name < other.name ? -1 : 1));
    },
    settable: async (path) => {
      const names = (await ifThere('listing', path, () => readdir(at(path)))) ?? [];
      const modes = await Promise.all(
        names.map(async (name) => ({ name, mode: (await stat(at(join(path, name)))).mode })),
      );
      return modes
        .filter(({ mode }) => (mode & OWNER_READ_WRITE) === OWNER_READ_WRITE)
        .map(({ name }) => name)
        .sort();
    },
  };
}
