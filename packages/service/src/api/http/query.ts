import { Fault } from './fault.ts';

/** The query string of a request. A repeated parameter counts with its last value. */
export type Query = Readonly<Record<string, string>>;

/** Flattens what the framework parsed. */
export function flattenQuery(parsed: unknown): Query {
  const flat: Record<string, string> = Object.create(null);
  if (typeof parsed !== 'object' || parsed === null) return flat;
  for (const [key, value] of Object.entries(parsed)) {
    const last: unknown = Array.isArray(value) ? value.at(-1) : value;
    if (typeof last === 'string') flat[key] = last;
  }
  return flat;
}

const yes = new Set(['true', '1', 'on', 'yes', 'y', 't']);
const no = new Set(['false', '0', 'off', 'no', 'n', 'f']);

/** Reads the words for a boolean that OpenStack accepts; null for any other word. */
export function readBoolean(text: string): boolean | null {
  const word = text.trim().toLowerCase();
  if (yes.has(word)) return true;
  return no.has(word) ? false : null;
}

/** A boolean parameter; absent means false. @throws Fault 400 on any other word. */
export function booleanParam(query: Query, name: string): boolean {
  const text = query[name];
  if (text === undefined || text === '') return false;
  const value = readBoolean(text);
  if (value === null)
    throw new Fault(400, `Value '${shorten(text)}' for '${name}' is not a boolean: send true or false.`);
  return value;
}

/** Cuts a client's own text so that it can stand in an error message. */
export function shorten(text: string, length = 80): string {
  return text.length <= length ? text : `${text.slice(0, length)}… (${text.length} characters)`;
}
