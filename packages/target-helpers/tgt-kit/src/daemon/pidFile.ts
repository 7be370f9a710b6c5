import { readFile, rm, writeFile } from 'node:fs/promises';
import { z } from '@scoria/driver-sdk';
import { type ProcessIdentity, processIdentity } from './identity.ts';

const schema = z.object({ pid: z.number().int().positive(), startTime: z.string() });

/** The running process that a pid file names; undefined when it is gone, or the id is another process's by now. */
export async function readPidFile(path: string): Promise<ProcessIdentity | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = schema.safeParse(text.startsWith('{') ? JSON.parse(text) : undefined);
  if (!parsed.success) return undefined;
  const running = await processIdentity(parsed.data.pid);
  return running?.startTime === parsed.data.startTime ? running : undefined;
}

/** Records a process. */
export async function writePidFile(path: string, identity: ProcessIdentity): Promise<void> {
  await writeFile(path, `${JSON.stringify(identity)}\n`, { mode: 0o600 });
}

/** Forgets it. */
export async function removePidFile(path: string): Promise<void> {
  await rm(path, { force: true });
}
