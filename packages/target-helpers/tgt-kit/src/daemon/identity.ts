import { readFile, stat } from 'node:fs/promises';

/**
 * What tells one run of a daemon from the next: tgtd makes its control socket anew when it starts. Null when there is no socket.
 */
export async function socketIdentity(socketPath: string): Promise<string | null> {
  try {
    const { ino, ctimeMs } = await stat(socketPath);
    return `${ino}:${ctimeMs}`;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return null;
    throw error;
  }
}

/** A process, told apart from a later one with the same id by when it started (clock ticks since boot). */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
}

/** The identity of a running process; undefined when there is none, or only its corpse. */
export async function processIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field, the name, may hold blanks and parentheses: count from its end.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state, startTime] = [fields[0], fields[19]];
    return startTime === undefined || state === 'Z' || state === 'X' ? undefined : { pid, startTime };
  } catch {
    // No such process, or none that we may look at: in either case not one that we started.
    return undefined;
  }
}
