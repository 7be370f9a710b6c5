import type { ByteSource } from './byteSource.ts';
import { type InspectionRule, RuleBroken } from './rules.ts';

/** Bytes of tables that are read of one image: those of a full 2 TiB qcow2 of usual clusters. What lies beyond is left to the conversion. */
export const TABLE_BUDGET = 256 * 1024 * 1024;
const STEP = 1024 * 1024;

/** Reads tables piece by piece, up to a budget, so that no image can ask for more work or memory than that. */
export class TableWalk {
  readonly #source: ByteSource;
  #left = TABLE_BUDGET;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /**
   * Calls `visit` with whole entries of a table.
   *
   * @returns false when the budget was spent before the end
   * @throws RuleBroken `rule` when the file ends inside the table
   */
  visit(
    offset: number,
    entries: number,
    entryBytes: number,
    rule: InspectionRule,
    visit: (piece: Buffer, firstEntry: number) => void,
  ): boolean {
    const step = Math.floor(STEP / entryBytes);
    for (let entry = 0; entry < entries; ) {
      const count = Math.min(step, entries - entry);
      const bytes = count * entryBytes;
      if (bytes > this.#left) return false;
      this.#left -= bytes;
      const piece = this.#source.read(offset + entry * entryBytes, bytes);
      if (piece.length < bytes) throw new RuleBroken(rule, 'the file ends inside a table');
      visit(piece, entry);
      entry += count;
    }
    return true;
  }
}
