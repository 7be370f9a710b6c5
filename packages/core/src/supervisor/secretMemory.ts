import { isSecret, type OperationName, operationNames, operations, secretPaths } from '../contract/index.ts';

const mask = '[secret]';
/** Shorter values would mask ordinary words. */
const minChars = 6;
const maxValues = 1024;
const maxDepth = 12;

let carriers: ReadonlyMap<OperationName, { params: boolean; result: boolean }> | undefined;

/** Which operations carry secrets, from the contract's schemas. */
export function carriesSecrets(name: OperationName): { params: boolean; result: boolean } {
  carriers ??= new Map(
    operationNames.map((each) => {
      const { params, result } = operations[each];
      return [each, { params: secretPaths(params).length > 0, result: secretPaths(result).length > 0 }];
    }),
  );
  return carriers.get(name) ?? { params: true, result: true };
}

/**
 * The secrets that went over the wire lately, so that they can be masked by value wherever a driver prints them. The
 * oldest are forgotten first.
 */
export class SecretMemory {
  readonly #values = new Set<string>();
  #pattern: RegExp | undefined;

  /** Remembers a secret, and its last word (`CHAP user secret` is one value of three words). */
  remember(text: string): void {
    for (const value of [text, text.slice(text.lastIndexOf(' ') + 1)]) {
      if (value.length < minChars || this.#values.has(value)) continue;
      this.#values.add(value);
      this.#pattern = undefined;
      const [oldest] = this.#values;
      if (this.#values.size > maxValues && oldest !== undefined) this.#values.delete(oldest);
    }
  }

  /** Remembers every `Secret` inside a value. */
  rememberIn(value: unknown, depth = 0): void {
    if (typeof value !== 'object' || value === null || depth > maxDepth) return;
    if (isSecret(value)) {
      this.remember(value.reveal());
      return;
    }
    for (const each of Object.values(value)) this.rememberIn(each, depth + 1);
  }

  /** The text without the secrets that are remembered. */
  mask(text: string): string {
    if (this.#values.size === 0) return text;
    this.#pattern ??= compile(this.#values);
    return text.replace(this.#pattern, mask);
  }
}

function compile(values: ReadonlySet<string>): RegExp {
  // Longest first: a value may be the beginning of another.
  const longestFirst = [...values].sort((a, b) => b.length - a.length);
  return new RegExp(longestFirst.map((each) => each.replace(/[^\w\s]/g, '\\$&')).join('|'), 'g');
}
