import { lstat, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ContractError } from '@scoria/core/contract';

/**
 * Makes a directory of mode 0700 with its parents, or takes the one that is there. Below a shared directory such as `/tmp`
 * somebody else may have made it first, to read secrets or have files overwritten through links: then it is refused.
 *
 * @throws ContractError COMMAND_FAILED when it is another user's, a link, or open to others' writing
 */
export async function makePrivate(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const found = await lstat(directory);
  const own = found.isDirectory() && found.uid === process.geteuid?.() && (found.mode & 0o022) === 0;
  // Whoever owns the directory around it could put another in its place.
  const { uid: around } = await lstat(dirname(directory));
  if (own && (around === 0 || around === process.geteuid?.())) return;
  throw new ContractError(
    'COMMAND_FAILED',
    `${directory} is not a directory that only this user can write to: remove it, then repeat.`,
  );
}
