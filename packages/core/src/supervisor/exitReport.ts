/** How a driver process ended. */
export interface ExitReport {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Set when it could not even be started. */
  readonly spawnError: string | undefined;
  readonly uptimeMs: number;
  /** Its last lines on stderr, secrets masked. */
  readonly lastWords: readonly string[];
}

/** The report in a few words: `exit code 1`, `killed by SIGKILL`. */
export function describeExit(exit: ExitReport): string {
  if (exit.spawnError !== undefined) return `it could not be started: ${exit.spawnError}`;
  const how = exit.signal === null ? `it exited with code ${exit.code}` : `it was killed by ${exit.signal}`;
  const last = exit.lastWords.findLast((line) => /\b\w*Error\b/.test(line)) ?? exit.lastWords.at(-1);
  return last === undefined ? how : `${how}; its last words: ${last}`;
}
