/**
 * Reads a dictionary of text as clients send one in a query: JSON (`{"a": "b"}`) or as Python prints it (`{'a': 'b'}`,
 * `{u'a': 'b'}`). Null when it is neither.
 */
export function parseTextDict(text: string): Record<string, string> | null {
  const source = text.trim();
  if (!source.startsWith('{') || !source.endsWith('}') || source.length > 16_384) return null;
  const result: Record<string, string> = Object.create(null);
  const inside = source.slice(1, -1);
  const pair = new RegExp(`\\s*${literal}\\s*:\\s*${literal}\\s*(,|$)`, 'y');
  while (pair.lastIndex < inside.length) {
    const match = pair.exec(inside);
    if (match === null) return inside.trim() === '' ? result : null;
    result[unquote(match[1] ?? '')] = unquote(match[2] ?? '');
  }
  return result;
}

/** A quoted text with escapes; a bare number or boolean counts as its text. */
const literal = `(u?'(?:[^'\\\\]|\\\\.)*'|u?"(?:[^"\\\\]|\\\\.)*"|-?[0-9.]+|[Tt]rue|[Ff]alse|None|null)`;

function unquote(text: string): string {
  const quoted = text.startsWith('u') ? text.slice(1) : text;
  if (!/^['"]/.test(quoted)) return quoted;
  return quoted.slice(1, -1).replace(/\\(.)/gs, (_, char: string) => escapes[char] ?? char);
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
