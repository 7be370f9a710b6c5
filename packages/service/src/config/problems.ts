import type { ConfigDocument } from './document.ts';
import type { ConfigProblem } from './problem.ts';

type Path = readonly (string | number)[];

/** Collects what is wrong, with the place of each. */
export class Problems {
  readonly #document: ConfigDocument;
  readonly #found: ConfigProblem[] = [];

  constructor(document: ConfigDocument) {
    this.#document = document;
  }

  error(path: Path, message: string, part: 'key' | 'value' = 'value'): void {
    this.#add('error', path, message, part);
  }

  warning(path: Path, message: string, part: 'key' | 'value' = 'value'): void {
    this.#add('warning', path, message, part);
  }

  get errors(): ConfigProblem[] {
    return inOrder(this.#found.filter((problem) => problem.severity === 'error'));
  }

  get warnings(): ConfigProblem[] {
    return inOrder(this.#found.filter((problem) => problem.severity === 'warning'));
  }

  #add(severity: ConfigProblem['severity'], path: Path, message: string, part: 'key' | 'value'): void {
    const { line, column } = this.#document.placeOf(path, part);
    this.#found.push({ severity, path, message, line, column });
  }
}

/** As they stand in the file. */
function inOrder(problems: ConfigProblem[]): ConfigProblem[] {
  return problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
