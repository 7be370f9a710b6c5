/** A part of ietd.conf: a target's stanza, or what stands between them, line by line as it was written. */
export type Segment =
  | { readonly kind: 'target'; readonly iqn: string; readonly lines: readonly string[] }
  | { readonly kind: 'other'; readonly lines: readonly string[] };

const isBlank = (line: string) => line.trim() === '' || line.trimStart().startsWith('#');
/** ietd.conf(5): a line that ends with a backslash goes on in the next one. */
const isContinued = (line: string) => line.endsWith('\\');

/**
 * Splits ietd.conf into its stanzas (ietd.conf(5)): each begins with `Target NAME`, whatever the case of the keyword, and ends with its last
 * parameter, so that remarks above the next target stay with that one. Nothing is lost: the lines of all segments are the file.
 */
export function parseSegments(text: string): Segment[] {
  const segments: { kind: 'target' | 'other'; iqn: string; lines: string[] }[] = [
    { kind: 'other', iqn: '', lines: [] },
  ];
  let pending: string[] = [];
  let continues = false;
  for (const line of text.split('\n')) {
    const start = continues ? null : /^\s*target\s+(\S+)\s*$/i.exec(line);
    const current = segments.at(-1);
    if (start) {
      segments.push({ kind: 'other', iqn: '', lines: pending });
      segments.push({ kind: 'target', iqn: start[1] ?? '', lines: [line] });
      pending = [];
    } else if (!continues && isBlank(line)) pending.push(line);
    else {
      current?.lines.push(...pending, line);
      pending = [];
    }
    continues = isContinued(line) && !isBlank(line);
  }
  segments.push({ kind: 'other', iqn: '', lines: pending });
  return segments
    .filter(({ lines }) => lines.length > 0)
    .map(({ kind, iqn, lines }) => (kind === 'target' ? { kind, iqn, lines } : { kind, lines }));
}

/** The file again. */
export const formatSegments = (segments: readonly Segment[]): string =>
  segments.flatMap(({ lines }) => lines).join('\n');

/**
 * The file with the stanza of exactly this target replaced, added at its end, or left out (null); all others are as they were (D29).
 */
export function withStanza(
  segments: readonly Segment[],
  iqn: string,
  lines: readonly string[] | null,
): Segment[] {
  const isIt = (segment: Segment) => segment.kind === 'target' && segment.iqn === iqn;
  const at = segments.findIndex(isIt);
  const kept = segments.filter((segment, index) => index === at || !isIt(segment));
  if (at !== -1) {
    return kept.flatMap((segment) =>
      !isIt(segment) ? [segment] : lines === null ? [] : [{ kind: 'target', iqn, lines }],
    );
  }
  if (lines === null) return kept;
  const last = kept.at(-1);
  const endsLine = last === undefined || last.lines.at(-1) === '';
  const before: Segment[] = endsLine
    ? [...kept.slice(0, -1), ...(last === undefined ? [] : [{ ...last, lines: last.lines.slice(0, -1) }])]
    : kept;
  return [...before, { kind: 'target', iqn, lines }, { kind: 'other', lines: [''] }];
}
