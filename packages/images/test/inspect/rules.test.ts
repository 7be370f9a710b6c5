import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { inspectionRules } from '../../src/index.ts';

it('the README lists every rule, and no other', () => {
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  const rows = [...readme.matchAll(/^\| `([a-z0-9]+\.[a-z-]+)` \| (.+) \|$/gm)];
  expect(Object.fromEntries(rows.map(([, name, text]) => [name, text]))).toEqual(inspectionRules);
});
