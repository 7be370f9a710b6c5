import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCodes } from '@scoria/driver-sdk';
import { describe, expect, it } from 'vitest';
import { faultSchema } from '../src/faults/fault.ts';
import { options } from '../src/options.ts';

const readme = await readFile(join(import.meta.dirname, '../README.md'), 'utf8');
const rows = (pattern: RegExp): string[] =>
  [...readme.matchAll(pattern)].flatMap(([, first]) => (first === undefined ? [] : [first]));

describe('README', () => {
  it('documents every option of its own, and no other', () => {
    const own = Object.keys(options.shape).filter((name) => name.startsWith('fake_'));
    expect(rows(/^\| `(fake_\w+)` \|/gm)).toEqual(own);
  });

  it('documents every field and action of a failure', () => {
    for (const field of Object.keys(faultSchema.shape)) expect(readme).toContain(`\`${field}\``);
    const actions = rows(/^\| `(\w+)` \| [^|]+ \| [^|]+ \|$/gm);
    for (const action of faultSchema.shape.action.options) expect(actions).toContain(action);
  });

  it('names no code that does not exist', () => {
    const codes: readonly string[] = errorCodes;
    const words = rows(/\b([A-Z]{2,}_[A-Z_]+)\b/g);
    expect(words.length).toBeGreaterThan(5);
    expect(words.filter((word) => !codes.includes(word))).toEqual([]);
  });
});
