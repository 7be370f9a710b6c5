import { open } from 'node:fs/promises';
import { ImageError } from '../../errors.ts';
import type { ImageCaller } from '../../model.ts';
import type { GlanceOptions } from './options.ts';

/** Headers that say who asks. They hold a token: for the request itself and nothing else. @throws ImageError SOURCE_REFUSED */
export async function callerHeaders(
  options: GlanceOptions,
  caller: ImageCaller,
): Promise<Record<string, string>> {
  const token = await tokenOf(options, caller);
  const requestId = /^[\w.-]{1,64}$/.test(caller.requestId)
    ? { 'x-openstack-request-id': caller.requestId }
    : {};
  return { ...requestId, ...(token !== null && { 'x-auth-token': token }) };
}

async function tokenOf(options: GlanceOptions, caller: ImageCaller): Promise<string | null> {
  if (options.auth === 'none') return null;
  const token =
    options.auth === 'caller' ? caller.token?.reveal() : await readTokenFile(options.token_file ?? '');
  if (token === undefined)
    throw new ImageError('SOURCE_REFUSED', 'Glance asks for a token; the caller has none');
  // Anything else cannot stand in a header, and the error of the HTTP client would show it.
  if (/^[\x21-\x7e]{1,8192}$/.test(token)) return token;
  throw new ImageError('SOURCE_REFUSED', 'the token for Glance is no token');
}

async function readTokenFile(path: string): Promise<string> {
  try {
    await using file = await open(path, 'r');
    const { mode } = await file.stat();
    if ((mode & 0o077) !== 0)
      throw new ImageError('SOURCE_REFUSED', `others may read ${path}: chmod 0600 ${path}`);
    return (await file.readFile('utf8')).trim();
  } catch (error) {
    if (error instanceof ImageError) throw error;
    throw new ImageError('SOURCE_REFUSED', `token_file ${path} cannot be read`, { cause: error });
  }
}
