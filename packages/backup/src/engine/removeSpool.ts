import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Removes the files of one run, and waits until their room is free; when the run was cancelled, it comes free a little later. Who removes the
 * last name of a file waits until the disk is through with what is on its way there; who still has the file open leaves that to closing
 * it.
 */
export async function removeSpool(spool: string, signal: AbortSignal | undefined): Promise<void> {
  const files = signal?.aborted === true ? await openAll(spool) : [];
  try {
    await rm(spool, { recursive: true, force: true });
  } finally {
    for (const file of files) void file.close().catch(() => undefined); // read only: nothing of it can be lost
  }
}

/** @returns those that can be opened: the others are only slower to remove */
async function openAll(spool: string): Promise<FileHandle[]> {
  const names = await readdir(spool).catch(() => []);
  const opened = await Promise.allSettled(names.map((name) => open(join(spool, name), 'r')));
  return opened.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}
