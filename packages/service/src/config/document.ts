import { type Document, isMap, isNode, isPair, LineCounter, type Node, parseDocument } from 'yaml';
import type { ConfigProblem } from './problem.ts';

/** Expansions of aliases; far more than a configuration has, far fewer than an attack needs. */
const MAX_ALIASES = 100;

type Path = readonly (string | number)[];

/** A parsed YAML file that remembers where everything stands. */
export class ConfigDocument {
  /** The content, as plain values. */
  readonly value: unknown;
  readonly #document: Document;
  readonly #lines: LineCounter;

  private constructor(document: Document, lines: LineCounter, value: unknown) {
    this.#document = document;
    this.#lines = lines;
    this.value = value;
  }

  /** Parses YAML 1.2. A key that stands twice in one mapping is a problem, so two sections of one name are. */
  static parse(text: string): { document: ConfigDocument } | { problems: ConfigProblem[] } {
    const lines = new LineCounter();
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: true,
      logLevel: 'error',
    });
    if (document.errors.length > 0) {
      const problems = document.errors.map((error) => {
        const { line, col } = lines.linePos(error.pos[0]);
        const repeated = error.code === 'DUPLICATE_KEY' ? repeatedKey(text, error.pos[0]) : null;
        const message =
          repeated === null
            ? `not YAML: ${firstLine(error.message)}`
            : `"${repeated}" stands here a second time: give each key once`;
        return { severity: 'error' as const, path: [], message, line, column: col };
      });
      return { problems };
    }
    try {
      return { document: new ConfigDocument(document, lines, document.toJS({ maxAliasCount: MAX_ALIASES })) };
    } catch (error) {
      // An alias to nothing, or aliases of aliases that would grow without end.
      const reason = error instanceof Error ? firstLine(error.message) : String(error);
      const message = `not YAML: ${reason}`;
      return { problems: [{ severity: 'error', path: [], message, line: null, column: null }] };
    }
  }

  /**
   * Where a path stands: its value, or its key with `part: 'key'`. What is not there has the place of the nearest thing
   * around it.
   */
  placeOf(path: Path, part: 'key' | 'value' = 'value'): { line: number | null; column: number | null } {
    for (let length = path.length; length > 0; length -= 1) {
      const whole = length === path.length;
      const node = whole && part === 'value' ? this.#valueNode(path) : this.#keyNode(path.slice(0, length));
      const offset = node?.range?.[0];
      if (offset === undefined) continue;
      const { line, col } = this.#lines.linePos(offset);
      return { line, column: col };
    }
    return { line: null, column: null };
  }

  #valueNode(path: Path): Node | undefined {
    const node = this.#document.getIn(path, true);
    return isNode(node) ? node : undefined;
  }

  #keyNode(path: Path): Node | undefined {
    const parent =
      path.length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, -1), true);
    const last = path.at(-1);
    if (!isMap(parent)) return this.#valueNode(path);
    for (const pair of parent.items) {
      if (isPair(pair) && isNode(pair.key) && String(pair.key) === String(last)) return pair.key;
    }
    return undefined;
  }
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}

function repeatedKey(text: string, offset: number): string {
  return /^["']?([^"':\n]+)/.exec(text.slice(offset))?.[1]?.trim() ?? 'a key';
}
