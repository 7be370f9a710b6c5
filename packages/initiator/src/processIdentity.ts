import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** A process beyond doubt: numbers are reused, a number with its start time is not (proc(5)). */
export const processIdentitySchema = z.object({
  pid: z.number().int().positive(),
  /** Clock ticks from boot to its start. */
  startTime: z.string().regex(/^\d+$/),
});

/** A process beyond doubt. */
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

/** The process that now has this number; null when none runs (a zombie does not run). */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  // proc(5): pid (comm) state …; comm may itself hold blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  const startTime = fields[19];
  if (startTime === undefined || state === 'Z' || state === 'X') return null;
  return { pid, startTime };
}

/** Whether exactly this process still runs. */
export async function processRuns(identity: ProcessIdentity): Promise<boolean> {
  return (await identifyProcess(identity.pid))?.startTime === identity.startTime;
}
