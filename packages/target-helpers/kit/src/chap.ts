import { randomInt } from 'node:crypto';
import { Secret } from '@scoria/driver-sdk';

/** CHAP credentials of one attachment. */
export interface ChapCredentials {
  readonly username: string;
  readonly password: Secret;
}

/** The original's three sets (contract.md §7.1): nothing that is mistaken for something else when read aloud. */
const SETS = ['23456789', 'ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz'] as const;
const ALL = SETS.join('');
const USERNAME_LENGTH = 20;
/** Windows initiators take 12 to 16 characters; 16 of this alphabet are 93 bits. */
const PASSWORD_LENGTH = 16;

const pick = (from: string) => from.charAt(randomInt(from.length));

/** `length` characters from the OS random source, at least one of each set. @throws RangeError below three characters */
export function randomWord(length: number): string {
  if (length < SETS.length)
    throw new RangeError(`a word of ${length} characters cannot hold one of each set`);
  const characters = [...SETS.map(pick), ...Array.from({ length: length - SETS.length }, () => pick(ALL))];
  // Fisher-Yates: the guaranteed characters must not stand at known places.
  for (let last = characters.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1);
    [characters[last], characters[other]] = [characters[other] ?? '', characters[last] ?? ''];
  }
  return characters.join('');
}

/** New credentials: a user name of 20 and a password of 16 characters. */
export function generateChap(): ChapCredentials {
  return { username: randomWord(USERNAME_LENGTH), password: new Secret(randomWord(PASSWORD_LENGTH)) };
}
