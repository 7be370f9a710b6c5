import { randomUUID } from 'node:crypto';
import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, rename, rm, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackupError } from '../../errors.ts';
import type { BackupRepository, ObjectFile, RepositoryObject } from '../repository.ts';
import {
  copyDurably,
  makeParents,
  syncDirectory,
  syncFile,
  temporaryDirectory,
  writeDurably,
} from './durable.ts';
import { directoryFailure, errnoOf } from './failure.ts';
import type { DirectoryRepositoryOptions } from './options.ts';

/** Nothing takes that long to be written without a pause. */
const STALE_MS = 3_600_000;
const NAME = /^(?:[a-z0-9_-][a-z0-9._-]*\/)*[a-z0-9_-][a-z0-9._-]*$/;

/**
 * Objects as files of one directory, which may be a mounted network filesystem. Each is written beside, made durable, and renamed: it is there
 * whole or not at all.
 */
export class DirectoryRepository implements BackupRepository {
  readonly description: string;
  /** On the same filesystem: what lies here need not be copied to become an object. */
  readonly spoolDirectory: string;
  readonly #root: string;
  readonly #requireMount: boolean;
  #opened: { readonly dev: bigint; readonly ino: bigint } | undefined;

  constructor({ path, require_mount }: DirectoryRepositoryOptions) {
    this.#root = path.length > 1 ? path.replace(/\/+$/, '') : path;
    this.#requireMount = require_mount;
    this.description = `directory ${this.#root}`;
    this.spoolDirectory = join(temporaryDirectory(this.#root), 'spool');
  }

  async open(signal?: AbortSignal): Promise<void> {
    await this.#attempt('.', signal, async () => {
      const root = await this.#makeRoot();
      if (this.#requireMount && (await stat(dirname(this.#root), { bigint: true })).dev === root.dev) {
        throw new BackupError('REPOSITORY_UNAVAILABLE', `nothing is mounted on ${this.#root}`);
      }
      this.#opened = { dev: root.dev, ino: root.ino };
      const temporary = temporaryDirectory(this.#root);
      await mkdir(temporary, { recursive: true, mode: 0o700 });
      await this.#clearStale(temporary);
      const probe = join(temporary, `probe-${randomUUID()}`);
      await writeFile(probe, 'Scoria checks here that it can write.\n', { flag: 'wx', flush: true });
      await unlink(probe);
    });
  }

  put(name: string, content: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.#store(name, signal, (temporary) => writeDurably(temporary, content, signal));
  }

  putFile(name: string, path: string, signal?: AbortSignal): Promise<void> {
    return this.#attempt(name, signal, async () => {
      const target = this.#path(name);
      try {
        await syncFile(path, signal);
        // Not by way of a temporary name, under which a kill would leave it.
        await this.#rename(path, target);
      } catch (error) {
        if (errnoOf(error) !== 'EXDEV') throw error;
        return await this.#store(name, signal, (temporary) => copyDurably(path, temporary, signal));
      }
      await syncDirectory(dirname(target));
    });
  }

  get(
    name: string,
    range?: { readonly offset: number; readonly length: number },
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    return this.#attempt(name, signal, async () => {
      const handle = await open(this.#path(name), 'r');
      try {
        if (range === undefined) return await handle.readFile();
        const content = Buffer.allocUnsafeSlow(range.length);
        for (let filled = 0; filled < range.length; ) {
          const { bytesRead } = await handle.read(
            content,
            filled,
            range.length - filled,
            range.offset + filled,
          );
          if (bytesRead === 0)
            throw new BackupError('CORRUPT', `${name} ends before byte ${range.offset + range.length}`, {
              object: name,
            });
          filled += bytesRead;
        }
        return content;
      } finally {
        await handle.close();
      }
    });
  }

  asFile(name: string, _spool: string, signal?: AbortSignal): Promise<ObjectFile> {
    return this.#attempt(name, signal, async () => {
      const path = this.#path(name);
      if (!(await stat(path)).isFile())
        throw new BackupError('OBJECT_MISSING', `${path} is no file`, { object: name });
      return { path, release: async () => undefined };
    });
  }

  async size(name: string, signal?: AbortSignal): Promise<number | null> {
    return await this.#attempt(name, signal, async () => {
      try {
        const stats = await stat(this.#path(name));
        return stats.isFile() ? stats.size : null;
      } catch (error) {
        if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return null;
        throw error;
      }
    });
  }

  async *list(prefix: string, signal?: AbortSignal): AsyncIterable<RepositoryObject> {
    // The part of the prefix behind its last slash narrows names, not folders.
    const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
    yield* this.#walk(folder, prefix, signal);
  }

  async *#walk(
    folder: string,
    prefix: string,
    signal: AbortSignal | undefined,
  ): AsyncIterable<RepositoryObject> {
    const entries = await this.#attempt(folder, signal, () => this.#entries(folder));
    // In order of whole names: a folder's name counts with the slash that follows it.
    const sorted = entries
      .map((entry) => ({ entry, name: `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}` }))
      .filter(({ name }) => name.startsWith(prefix))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const { entry, name } of sorted) {
      if (entry.isDirectory()) yield* this.#walk(name, prefix, signal);
      else {
        const bytes = await this.size(name, signal);
        if (bytes !== null) yield { name, bytes };
      }
    }
  }

  async #entries(folder: string): Promise<Dirent[]> {
    try {
      const entries = await readdir(join(this.#root, folder), { withFileTypes: true });
      // Whatever has another name is not ours: lost+found, and files that are no objects yet.
      return entries.filter(({ name }) => NAME.test(name));
    } catch (error) {
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
      throw error;
    }
  }

  remove(name: string, signal?: AbortSignal): Promise<void> {
    return this.#attempt(name, signal, async () => {
      const path = this.#path(name);
      try {
        await unlink(path);
        await syncDirectory(dirname(path));
      } catch (error) {
        // Or whoever removed another object at the same time has removed the folder, too.
        if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return;
        throw error;
      }
      await this.#prune(dirname(path));
    });
  }

  async close(): Promise<void> {
    this.#opened = undefined;
  }

  /** Removes what killed processes left on its way to becoming an object. */
  async #clearStale(temporary: string): Promise<void> {
    for (const entry of await readdir(temporary, { withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(temporary, entry.name);
      const written = await stat(path).catch(() => undefined); // its writer was faster
      if (written !== undefined && Date.now() - written.mtimeMs > STALE_MS) await rm(path, { force: true });
    }
  }

  /** Removes directories that are empty now, up to the root. */
  async #prune(directory: string): Promise<void> {
    if (directory === this.#root) return;
    try {
      await rmdir(directory);
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST', 'ENOENT', 'EBUSY'].includes(errnoOf(error) ?? '')) return;
      throw error;
    }
    await this.#prune(dirname(directory));
  }

  async #makeRoot(): Promise<{ readonly dev: bigint; readonly ino: bigint }> {
    try {
      await mkdir(this.#root, { mode: 0o700 });
      await syncDirectory(dirname(this.#root));
    } catch (error) {
      if (errnoOf(error) !== 'EEXIST') throw error;
    }
    const stats = await stat(this.#root, { bigint: true });
    if (!stats.isDirectory()) throw new BackupError('REPOSITORY_REFUSED', `${this.#root} is no directory`);
    return stats;
  }

  async #store(
    name: string,
    signal: AbortSignal | undefined,
    write: (temporary: string) => Promise<void>,
  ): Promise<void> {
    await this.#attempt(name, signal, async () => {
      const path = this.#path(name);
      const temporary = join(temporaryDirectory(this.#root), randomUUID());
      try {
        await write(temporary);
        await this.#rename(temporary, path);
      } catch (error) {
        await unlink(temporary).catch(() => undefined); // it may never have come to be
        throw error;
      }
      await syncDirectory(dirname(path));
    });
  }

  /** Somebody who removes the last object of a folder removes the folder: then it is made again. */
  async #rename(from: string, to: string): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      await makeParents(this.#root, to);
      try {
        return await rename(from, to);
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT' || attempt === 9) throw error;
      }
    }
  }

  #path(name: string): string {
    if (!NAME.test(name)) throw new TypeError(`${JSON.stringify(name)} cannot be the name of an object`);
    return join(this.#root, name);
  }

  /** Runs one step on the directory that was opened, and types its failure. */
  async #attempt<T>(name: string, signal: AbortSignal | undefined, step: () => Promise<T>): Promise<T> {
    const cancelled = (cause: unknown): BackupError =>
      new BackupError('CANCELLED', `${name} was cancelled`, { cause });
    if (signal?.aborted) throw cancelled(signal.reason);
    try {
      await this.#proveRoot();
      return await step();
    } catch (error) {
      if (isAbort(error)) throw cancelled(error);
      throw directoryFailure(error, this.#root, name);
    }
  }

  /** Whether it still is the directory that was opened, and not the one below an unmounted filesystem. */
  async #proveRoot(): Promise<void> {
    if (this.#opened === undefined) return;
    const { dev, ino } = this.#opened;
    const now = await stat(this.#root, { bigint: true }).catch((error: unknown) => {
      throw new BackupError('REPOSITORY_UNAVAILABLE', `${this.#root}: ${errnoOf(error) ?? 'failed'}`, {
        cause: error,
      });
    });
    if (now.dev !== dev || now.ino !== ino)
      throw new BackupError(
        'REPOSITORY_UNAVAILABLE',
        `${this.#root} is another directory than before: is it mounted?`,
      );
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
