import {
  type Configfs,
  dumpBackstore,
  type Owner,
  replaceEntries,
  type Saveconfig,
  SaveconfigFile,
} from '@scoria/lio-kit';
import { showTarget } from '../kernel/showTarget.ts';
import type { TargetRecord } from '../record.ts';
import { dumpTarget } from './dump.ts';
import { recordsIn } from './read.ts';

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

/** Our targets in the file that targetctl restores. Entries of others are kept as they are. */
export class SavedState {
  readonly #file: SaveconfigFile<SavedSubject>;
  readonly #fs: Configfs;
  readonly #owner: Owner;

  constructor(path: string, fs: Configfs, owner: Owner) {
    this.#fs = fs;
    this.#owner = owner;
    this.#file = new SaveconfigFile(
      path,
      ({ iqn }: SavedSubject) => iqn,
      async (config, subjects) =>
        merge(config, await Promise.all(subjects.map((subject) => this.#dump(subject)))),
    );
  }

  /** What the file says of our targets. @throws ContractError BACKEND_ERROR when it is damaged */
  async records(): Promise<TargetRecord[]> {
    return recordsIn(await this.#file.read(), this.#owner);
  }

  /**
   * Makes the file say of this target what the kernel has: its state, credentials included, or nothing when it is gone. On disk when it
   * returns.
   *
   * @throws ContractError BACKEND_ERROR when the file is damaged: it is not touched then; errors of the file system
   */
  save(subject: SavedSubject): Promise<void> {
    return this.#file.save(subject);
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
}

/** Puts entries in the place of those that were there, or takes them out. */
function merge(config: Saveconfig, entries: readonly Entries[]): Saveconfig {
  return {
    ...config,
    storage_objects: replaceEntries(
      config.storage_objects,
      (each) => each['name'],
      new Map(entries.map((each) => [each.subject.backstoreName, each.backstore])),
    ),
    targets: replaceEntries(
      config.targets,
      (each) => (each['fabric'] === 'iscsi' ? each['wwn'] : undefined),
      new Map(entries.map((each) => [each.subject.iqn, each.target])),
    ),
  };
}
