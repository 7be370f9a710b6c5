import type { Figure } from './figure.ts';

/** Renders figures as a table for people. */
export function table(figures: readonly Figure[]): string {
  const head = ['', 'figure', 'value', 'peer', 'ratio', 'goal'];
  const rows = figures.map((each) => [
    each.ok ? 'ok' : 'MISS',
    each.name,
    `${number(each.value)} ${each.unit}`,
    each.peerValue === null ? '-' : `${each.peer} ${number(each.peerValue)} ${each.unit}`,
    each.ratio === null ? '-' : `${number(each.ratio)}x`,
    each.goal,
  ]);
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function number(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
