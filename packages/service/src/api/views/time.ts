/**
 * A time as Block Storage shows it: UTC without a zone, with microseconds (`2026-11-23T10:00:00.123000`).
 * @param iso ISO 8601 UTC, as records have it
 */
export function cinderTime(iso: string): string;
export function cinderTime(iso: string | null): string | null;
export function cinderTime(iso: string | null): string | null {
  if (iso === null) return null;
  // The usual form, `YYYY-MM-DDThh:mm:ss.sssZ`: a list of a thousand volumes has two thousand of them.
  if (iso.length === 24 && iso.endsWith('Z')) return `${iso.slice(0, 23)}000`;
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6})\d*)?Z?$/.exec(iso);
  return match === null ? iso : `${match[1]}.${(match[2] ?? '').padEnd(6, '0')}`;
}
