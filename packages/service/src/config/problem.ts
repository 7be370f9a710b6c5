/** One thing that is wrong, or doubtful, in a configuration file. Never holds a value: it may be secret. */
export interface ConfigProblem {
  readonly severity: 'error' | 'warning';
  /** Keys from the top of the file to what is wrong; empty for the file itself. */
  readonly path: readonly (string | number)[];
  /** What is wrong, and what to do. */
  readonly message: string;
  /** Counted from 1; null when it is about nothing that is written there. */
  readonly line: number | null;
  readonly column: number | null;
}

/** `file:line:column: path: message`, as editors and terminals understand it. */
export function formatProblem(file: string, problem: ConfigProblem): string {
  const place = problem.line === null ? file : `${file}:${problem.line}:${problem.column ?? 1}`;
  const path = problem.path.length === 0 ? '' : `${problem.path.join('.')}: `;
  return `${place}: ${problem.severity === 'warning' ? 'warning: ' : ''}${path}${problem.message}`;
}

/** A configuration cannot be used. `problems` holds all that is wrong, not only the first. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[], options?: ErrorOptions) {
    super(problems.map((problem) => formatProblem(file, problem)).join('\n'), options);
    this.file = file;
    this.problems = problems;
  }
}
