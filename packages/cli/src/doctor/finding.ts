/** What one check found. */
export interface Finding {
  /** `FAIL`: needed and missing. `warn`: something will not work. `info`: good to know. */
  readonly state: 'ok' | 'info' | 'warn' | 'FAIL';
  readonly check: string;
  readonly found: string;
  /** What to do; null when there is nothing to do. */
  readonly fix: string | null;
}
