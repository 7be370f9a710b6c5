import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ContractError } from '@scoria/driver-sdk';
import type { Configfs } from '../configfs/configfs.ts';
import { errnoOf } from '../configfs/errors.ts';
import { showTarget } from '../kernel/showTarget.ts';
import type { Owner } from '../owner.ts';
import type { TargetRecord } from '../record.ts';
import { atomicWrite } from './atomicWrite.ts';
import { dumpBackstore, dumpTarget } from './dump.ts';
import { withHostLock } from './hostLock.ts';
import { recordsIn } from './read.ts';
import { type Saveconfig, saveconfigSchema } from './schema.ts';

/** What of the kernel's state belongs into the file. */
export interface SavedSubject {
  readonly iqn: string;
  readonly backstoreName: string;
}

interface Entries {
  readonly subject: SavedSubject;
  readonly backstore: Saveconfig['storage_objects'][number] | null;
  readonly target: Saveconfig['targets'][number] | null;
}

/**
 * The file that brings our targets back after a reboot (targetctl restore). Entries of others are kept as they are. Many that ask at the same time
 * are saved at once.
 */
export class SavedState {
  readonly #path: string;
  readonly #fs: Configfs;
  readonly #owner: Owner;
  readonly #waiting = new Map<string, SavedSubject>();
  #next: Promise<void> | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(path: string, fs: Configfs, owner: Owner) {
    this.#path = path;
    this.#fs = fs;
    this.#owner = owner;
  }

  /** What the file says of our targets. @throws ContractError BACKEND_ERROR when it is damaged */
  async records(): Promise<TargetRecord[]> {
    return recordsIn((await this.#read()).config, this.#owner);
  }

  /**
   * Makes the file say of this target what the kernel has: its state, credentials included, or nothing when it is gone. On disk when it
   * returns.
   *
   * @throws ContractError BACKEND_ERROR when the file is damaged: it is not touched then; errors of the file system
   */
  save(subject: SavedSubject): Promise<void> {
    this.#waiting.set(subject.iqn, subject);
    this.#next ??= this.#running
      .catch(() => undefined) // whoever waited for that one was told
      .then(() => {
        this.#next = undefined;
        const saving = this.#saveWaiting();
        this.#running = saving;
        return saving;
      });
    return this.#next;
  }

  async #saveWaiting(): Promise<void> {
    const subjects = [...this.#waiting.values()];
    this.#waiting.clear();
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o755 });
    await withHostLock(`${this.#path}.scoria-lock`, async () => {
      const { text, config } = await this.#read();
      const entries = await Promise.all(subjects.map((subject) => this.#dump(subject)));
      const next = `${JSON.stringify(merge(config, entries), null, 2)}\n`;
      if (next !== text) await atomicWrite(this.#path, next);
    });
  }

  async #dump(subject: SavedSubject): Promise<Entries> {
    const shown = await showTarget(this.#fs, subject.iqn);
    const backstore = shown?.luns.find((each) => each.backstore?.name === subject.backstoreName)?.backstore;
    if (!shown || !backstore) return { subject, backstore: null, target: null };
    const [dumped, target] = await Promise.all([
      dumpBackstore(this.#fs, backstore),
      dumpTarget(this.#fs, shown),
    ]);
    return { subject, backstore: dumped, target };
  }

  async #read(): Promise<{ text: string | null; config: Saveconfig }> {
    let text: string | null = null;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
    try {
      return { text, config: saveconfigSchema.parse(text === null ? {} : JSON.parse(text)) };
    } catch {
      // Neither the text nor the parser's words about it: it holds secrets.
      throw new ContractError(
        'BACKEND_ERROR',
        `${this.#path} is no configuration that targetctl could restore; it is not touched: repair it or move it away`,
      );
    }
  }
}

/** Puts entries in the place of those that were there, or takes them out. */
function merge(config: Saveconfig, entries: readonly Entries[]): Saveconfig {
  return {
    ...config,
    storage_objects: replace(
      config.storage_objects,
      (each) => each['name'],
      new Map(entries.map((each) => [each.subject.backstoreName, each.backstore])),
    ),
    targets: replace(
      config.targets,
      (each) => (each['fabric'] === 'iscsi' ? each['wwn'] : undefined),
      new Map(entries.map((each) => [each.subject.iqn, each.target])),
    ),
  };
}

function replace<T>(
  old: readonly T[],
  keyOf: (entry: T) => unknown,
  replacements: ReadonlyMap<string, T | null>,
): T[] {
  const left = new Map<unknown, T | null>(replacements);
  const kept = old.flatMap((entry) => {
    const key = keyOf(entry);
    const replacement = left.get(key);
    if (replacement === undefined) return replacements.has(String(key)) ? [] : [entry];
    left.delete(key);
    return replacement === null ? [] : [replacement];
  });
  return [...kept, ...[...left.values()].filter((each) => each !== null)];
}
