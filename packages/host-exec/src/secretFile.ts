import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { revealSecret, type SecretLike } from './secret.ts';

/**
 * Hands a secret to a program that can only read it from a file: writes it to a file that only this user can read (0600 in
 * a directory of 0700), calls `use` with its path, and removes both whatever happens.
 *
 * @param directory where to put it; default the system's temporary directory
 * @returns what `use` returns
 */
export async function withSecretFile<T>(
  secret: string | SecretLike,
  use: (path: string) => Promise<T>,
  directory: string = tmpdir(),
): Promise<T> {
  const parent = await mkdtemp(join(directory, 'scoria-secret-'));
  try {
    const path = join(parent, 'secret');
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(revealSecret(secret));
    } finally {
      await file.close();
    }
    return await use(path);
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}
