import { ContractError, Secret } from '@scoria/driver-sdk';
import type { ChapCredentials } from './chap.ts';

/** `CHAP <username> <secret>`: the form in which a volume record keeps credentials (contract.md §7.1). */
export function formatProviderAuth({ username, password }: ChapCredentials): Secret {
  const words = [username, password.reveal()];
  if (words.some((word) => word === '' || /\s/.test(word))) {
    throw new ContractError('INVALID_ARGUMENT', 'CHAP user name and secret must be one word each');
  }
  return new Secret(`CHAP ${words.join(' ')}`);
}

/**
 * Reads `CHAP <username> <secret>`; null and the empty text mean that there are no credentials.
 *
 * @throws ContractError INVALID_VOLUME for anything else. The text is never part of the message.
 */
export function parseProviderAuth(auth: Secret | null): ChapCredentials | null {
  const text = auth?.reveal() ?? '';
  if (text.trim() === '') return null;
  const [method, username, password, ...rest] = text.trim().split(/\s+/);
  if (method !== 'CHAP' || !username || !password || rest.length > 0) {
    throw new ContractError(
      'INVALID_VOLUME',
      'the stored credentials are not of the form "CHAP <username> <secret>"',
    );
  }
  return { username, password: new Secret(password) };
}
