import { operationNames, operations, secretPaths } from '../contract/index.ts';
import type { SecretMemory } from './secretMemory.ts';

const mask = '[secret]';
/** Deeper values of a log line are dropped: a driver must not be able to make the host recurse. */
const maxDepth = 12;

let contractKeys: ReadonlySet<string> | undefined;

/** The keys that hold a secret anywhere in the contract, generated from its schemas. */
export function contractSecretKeys(): ReadonlySet<string> {
  if (contractKeys !== undefined) return contractKeys;
  const keys = new Set<string>();
  for (const name of operationNames) {
    const { params, result } = operations[name];
    for (const path of [...secretPaths(params), ...secretPaths(result)]) {
      const key = path.split('.').findLast((step) => step !== '*');
      if (key !== undefined) keys.add(key);
    }
  }
  contractKeys = keys;
  return keys;
}

/** Masks secrets in what a driver logs: by key, wherever the key stands, and by value. */
export class Redactor {
  readonly #keys: ReadonlySet<string>;
  readonly #pattern: RegExp | undefined;
  readonly #memory: SecretMemory;

  /**
   * @param memory secrets by value
   * @param secretOptions names of secret options, besides the contract's own secret fields
   */
  constructor(memory: SecretMemory, secretOptions: readonly string[] = []) {
    this.#memory = memory;
    this.#keys = new Set([...contractSecretKeys(), ...secretOptions]);
    const names = [...this.#keys].map((key) => key.replace(/\W/g, '\\$&')).join('|');
    if (names !== '') {
      this.#pattern = new RegExp(`(\\b(?:${names})\\b["']?\\s*[:=]\\s*)("[^"]*"|'[^']*'|[^\\s,;}\\]]+)`, 'g');
    }
  }

  /** Masks `key: value` and `key=value` in free text, and known values anywhere. */
  text(line: string): string {
    const byKey = this.#pattern === undefined ? line : line.replace(this.#pattern, `$1${mask}`);
    return this.#memory.mask(byKey);
  }

  /** A copy of a parsed JSON value with secrets masked, texts inside included. */
  value(value: unknown, depth = 0): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (depth >= maxDepth) return '[too deep]';
    if (Array.isArray(value)) return value.map((each) => this.value(each, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [
        key,
        this.#keys.has(key) ? mask : this.value(each, depth + 1),
      ]),
    );
  }
}
