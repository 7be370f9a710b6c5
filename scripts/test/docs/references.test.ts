import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import {
  backendOptionsSchema,
  errorCodes,
  iscsiOptionsSchema,
  iserOptionsSchema,
  operationNames,
  targetHelperOptionsSchema,
  wireMethods,
} from '@scoria/core/contract';
import { describe, expect, it } from 'vitest';
import { pluginOptions } from '../../docs/pluginOptions.ts';

const root = resolve(import.meta.dirname, '../../..');
const docs = join(root, 'docs');
const pages = (await readdir(docs, { recursive: true }))
  .filter((path) => path.endsWith('.md') && !path.startsWith('adr/'))
  .map((path) => join(docs, path));
const text = (path: string): Promise<string> => readFile(join(docs, path), 'utf8');
const all = (source: string, pattern: RegExp): string[] =>
  [...source.matchAll(pattern)].flatMap(([, first]) => (first === undefined ? [] : [first]));

/** Words in capitals that are no codes: of the contract's constants and of POSIX. */
const noCodes = new Set(['PATH', 'HOME', 'LANG', 'TMPDIR', 'SIGTERM', 'SIGKILL']);
/** Environment variables of ours; the command's own test compares them with the command. */
const isVariable = (word: string): boolean => word.startsWith('SCORIA_');

describe('documentation and contract name the same things', () => {
  it('the table of errors has every code once, in order, and no other', async () => {
    expect(all(await text('errors.md'), /<a id="[a-z_]+"><\/a>`([A-Z_]+)`/g)).toEqual([...errorCodes]);
  });

  it('the reference has every operation once, in order, and no other', async () => {
    const page = await text('reference/operations.md');
    expect(all(page, /^## ([a-z]\w+)$/gm)).toEqual(operationNames);
  });

  it('the reference has every option once, and no other', async () => {
    const options = [backendOptionsSchema, iscsiOptionsSchema, iserOptionsSchema, targetHelperOptionsSchema];
    const [current = ''] = (await text('reference/options.md')).split('## Old names');
    expect(all(current, /^\| `(\w+)`/gm)).toEqual(options.flatMap(({ shape }) => Object.keys(shape)));
  });

  it('the reference has every option of each plugin, described', async () => {
    const page = await text('reference/options.md');
    const plugins = await pluginOptions();
    expect(plugins.map(({ name }) => name)).toContain('fake');
    for (const { name, options } of plugins) {
      for (const [option, { description }] of Object.entries(options)) {
        expect(page).toContain(`\`${option}\``);
        expect(description, `${name}: ${option}`).toMatch(/\S/);
      }
    }
  });

  it('the protocol describes every method of the wire', async () => {
    const page = await text('protocol.md');
    expect(Object.values(wireMethods).filter((method) => !page.includes(`\`${method}\``))).toEqual([]);
  });

  it('the protocol numbers its clauses without repeating one', async () => {
    const clauses = all(await text('protocol.md'), /\*\*([A-Z]-\d+)\*\*/g);
    expect(clauses.length).toBeGreaterThan(40);
    expect(new Set(clauses).size).toBe(clauses.length);
  });

  it.each(pages.map((page) => [relative(root, page), page]))(
    '%s uses no code that does not exist',
    async (_, page) => {
      const words = all(await readFile(page, 'utf8'), /`([A-Z][A-Z_]{3,})`/g).filter(
        (word) => !noCodes.has(word) && !isVariable(word),
      );
      expect(words.filter((word) => !errorCodes.some((code) => code === word))).toEqual([]);
    },
  );

  it.each(pages.map((page) => [relative(root, page), page]))('%s has no dead link', async (_, page) => {
    const links = all(await readFile(page, 'utf8'), /\]\(([^)\s]+)\)/g).filter(
      (link) => !/^https?:/.test(link),
    );
    const dead: string[] = [];
    for (const link of links) {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : resolve(dirname(page), path);
      if (!(await hasAnchor(target, anchor))) dead.push(link);
    }
    expect(dead).toEqual([]);
  });
});

async function hasAnchor(path: string, anchor: string | undefined): Promise<boolean> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    // A folder may be linked as a whole.
    if (error instanceof Error && 'code' in error && error.code === 'EISDIR') return anchor === undefined;
    return false;
  }
  if (anchor === undefined) return true;
  const headings = all(content, /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
  return headings.includes(anchor) || content.includes(`<a id="${anchor}"></a>`);
}
