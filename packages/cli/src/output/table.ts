/** Lays rows out in columns under headings, two blanks apart. Cells are one line each. */
export function formatTable(headings: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = [headings, ...rows.map((row) => row.map(formatCell))];
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => width(row[column] ?? ''))));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - width(cell))))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Lays an object out as one line per field. */
export function formatFields(object: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(object);
  const widest = Math.max(0, ...entries.map(([key]) => key.length));
  return entries.map(([key, value]) => `${key.padEnd(widest)}  ${formatCell(value)}`.trimEnd()).join('\n');
}

/** A value as one line; control characters are shown escaped, so that a name cannot draw on the terminal. */
export function formatCell(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-';
  const text = typeof value === 'object' ? formatObject(value) : String(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (control) =>
    JSON.stringify(control)
      .slice(1, -1)
      .replace(/^([\u007f-\u009f])$/, '?'),
  );
}

function formatObject(value: object): string {
  if (Array.isArray(value)) return value.map(formatCell).join(', ') || '-';
  return (
    Object.entries(value)
      .map(([key, each]) => `${key}=${formatCell(each)}`)
      .join(', ') || '-'
  );
}

/** Columns on a terminal: a wide character takes two. */
function width(text: string): number {
  let columns = 0;
  for (const { segment } of segmenter.segment(text)) {
    columns +=
      /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u.test(
        segment,
      )
        ? 2
        : 1;
  }
  return columns;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
