import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BackupError } from '../errors.ts';

const SHARED_RUN = /^(?:restore|verify)\./;
/** A run that lives puts files there, or takes them away, all the time. */
const STALE_MS = 24 * 3_600_000;

/** Makes a directory for the files of one run. A run that was killed leaves its own; see {@link clearSpool}. */
export async function makeSpool(directory: string, runOf: string): Promise<string> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return await mkdtemp(join(directory, `${runOf}.`));
  } catch (error) {
    throw spoolFailure(directory, error);
  }
}

/** Removes what runs of this name left. */
export async function clearSpool(directory: string, runOf: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(directory);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw spoolFailure(directory, error);
  }
  for (const name of names) {
    // mkdtemp(3) adds six characters.
    if (name.length === runOf.length + 7 && name.startsWith(`${runOf}.`))
      await rm(join(directory, name), { recursive: true, force: true });
  }
}

/** Removes what killed restores and verifications left: nobody else knows their names. */
export async function clearStaleSpools(directory: string): Promise<void> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw spoolFailure(directory, error);
  });
  for (const name of names.filter((each) => SHARED_RUN.test(each))) {
    const path = join(directory, name);
    const used = await stat(path).catch(() => undefined); // somebody else was faster
    if (used !== undefined && Date.now() - used.mtimeMs > STALE_MS)
      await rm(path, { recursive: true, force: true });
  }
}

/** The typed error of a failure in the spool directory. */
export function spoolFailure(path: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === undefined) return error;
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new BackupError(
    full ? 'REPOSITORY_FULL' : code === 'EACCES' ? 'REPOSITORY_REFUSED' : 'REPOSITORY_UNAVAILABLE',
    `spool ${path}: ${code}`,
    { cause: error },
  );
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'syscall' in error && 'code' in error ? String(error.code) : undefined;
}
