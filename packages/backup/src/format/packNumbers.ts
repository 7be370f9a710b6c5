/** Packs by the numbers that locations name them by, during one run. */
export class PackNumbers {
  readonly #numbers = new Map<string, number>();
  readonly #refs: string[] = [];

  /** The number of a pack, `<backup that wrote it>/<id>`. */
  number(ref: string): number {
    const known = this.#numbers.get(ref);
    if (known !== undefined) return known;
    const number = this.#refs.push(ref) - 1;
    this.#numbers.set(ref, number);
    return number;
  }

  /** The pack of a number. */
  ref(number: number): string {
    const ref = this.#refs[number];
    if (ref === undefined) throw new RangeError(`no pack has number ${number}`);
    return ref;
  }
}
