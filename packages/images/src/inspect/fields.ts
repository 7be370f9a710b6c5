import { type InspectionRule, RuleBroken } from './rules.ts';

/** Little and big endian numbers of a header. A field outside of it breaks the given rule. */
export class Fields {
  readonly #bytes: Buffer;
  readonly #rule: InspectionRule;
  readonly #big: boolean;

  constructor(bytes: Buffer, order: 'big' | 'little', rule: InspectionRule) {
    this.#bytes = bytes;
    this.#big = order === 'big';
    this.#rule = rule;
  }

  get length(): number {
    return this.#bytes.length;
  }

  u8(offset: number): number {
    return this.bytes(offset, 1).readUInt8(0);
  }

  u16(offset: number): number {
    const field = this.bytes(offset, 2);
    return this.#big ? field.readUInt16BE(0) : field.readUInt16LE(0);
  }

  u32(offset: number): number {
    const field = this.bytes(offset, 4);
    return this.#big ? field.readUInt32BE(0) : field.readUInt32LE(0);
  }

  u64(offset: number): bigint {
    const field = this.bytes(offset, 8);
    return this.#big ? field.readBigUInt64BE(0) : field.readBigUInt64LE(0);
  }

  /** A 64-bit number that must be one of a file: anything from 2^53 on breaks the rule. */
  position(offset: number, rule: InspectionRule = this.#rule): number {
    const value = this.u64(offset);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RuleBroken(rule, `the number ${value} is absurd`);
    return Number(value);
  }

  bytes(offset: number, length: number): Buffer {
    if (offset + length > this.#bytes.length)
      throw new RuleBroken(this.#rule, 'the header ends before its fields do');
    return this.#bytes.subarray(offset, offset + length);
  }

  text(offset: number, length: number): string {
    return this.bytes(offset, length).toString('latin1');
  }
}
