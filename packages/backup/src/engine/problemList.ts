import type { VerifyProblem } from '../backupStore.ts';

/** Problems of a repository, one per object and code, with the backups that they spoil. */
export class ProblemList {
  readonly #byObject = new Map<string, VerifyProblem & { readonly backupIds: string[] }>();

  /** Notes a problem; the first message about an object stays. */
  add(code: VerifyProblem['code'], object: string, message: string, backupIds: Iterable<string>): void {
    const key = `${object}\n${code}`;
    const known = this.#byObject.get(key) ?? { code, object, message, backupIds: [] };
    for (const id of backupIds) if (!known.backupIds.includes(id)) known.backupIds.push(id);
    this.#byObject.set(key, known);
  }

  /** All of them, by name of the object. */
  all(): VerifyProblem[] {
    return [...this.#byObject.values()]
      .map((problem) => ({ ...problem, backupIds: problem.backupIds.sort() }))
      .sort((a, b) => (a.object < b.object ? -1 : 1));
  }
}
