/** A page of the documentation. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

const block =
  /(<!-- generated: ([a-z-]+) \(scripts\/docs\.ts, do not edit\) -->\n)[\s\S]*?(<!-- end generated -->)/g;
const opening = /<!-- generated:/g;

/**
 * Puts each block between its marks.
 * @throws when a mark is malformed, a block is on no page, or a page asks for a block that does not exist.
 */
export function fillBlocks(
  pages: readonly Page[],
  blocks: Readonly<Record<string, string>>,
): Map<string, string> {
  const used = new Set<string>();
  const filled = pages.map(({ path, text }): [string, string] => {
    let marks = 0;
    const result = text.replace(block, (_, start: string, name: string, end: string) => {
      const content = blocks[name];
      if (content === undefined) throw new Error(`${path}: no generated block is named '${name}'`);
      used.add(name);
      marks += 1;
      return `${start}\n${content.trim()}\n\n${end}`;
    });
    if (marks !== (text.match(opening)?.length ?? 0))
      throw new Error(`${path}: a mark of a block is malformed`);
    return [path, result];
  });
  const unused = Object.keys(blocks).filter((name) => !used.has(name));
  if (unused.length > 0) throw new Error(`no page has a place for: ${unused.join(', ')}`);
  return new Map(filled);
}
