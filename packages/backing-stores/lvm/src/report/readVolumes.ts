import { lvm } from '../lvm/lvm.ts';
import { factsOf, type LvFacts } from './facts.ts';
import { parseReport } from './parse.ts';
import { lvColumns, lvRowSchema, reportOf } from './schema.ts';

const schema = reportOf('lv', lvRowSchema);

/** What lvs(8) is asked. */
export function volumesArguments(group: string): string[] {
  const form = ['--reportformat', 'json', '--units', 'b', '--nosuffix', '--binary'];
  return [...form, '--options', lvColumns, group];
}

/** The facts in a report of lvs(8). @throws ContractError BACKEND_ERROR when it has another form */
export function parseVolumes(text: string): LvFacts[] {
  return parseReport('lvs', text, schema).map(factsOf);
}

/** Reads all logical volumes of a group but those that are parts of others. */
export class VolumesReader {
  readonly #group: string;
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<LvFacts[]> | undefined;

  constructor(group: string) {
    this.#group = group;
  }

  /**
   * What is there at some time after the call. Whoever asks while one report is being made gets the next, all of them the same: a report
   * costs as much as a change.
   *
   * @throws CommandError; ContractError BACKEND_ERROR
   */
  read(): Promise<LvFacts[]> {
    if (this.#next === undefined) {
      const next = this.#running.then(async () => {
        this.#next = undefined;
        return parseVolumes(await lvm('lvs', volumesArguments(this.#group)));
      });
      this.#next = next;
      this.#running = next.catch(() => undefined);
    }
    return this.#next;
  }
}
