import { readFile } from 'node:fs/promises';

/** A mount as the kernel lists it (proc_pid_mountinfo(5)). */
export interface Mount {
  readonly mountPoint: string;
  readonly type: string;
  /** What is mounted, e.g. /dev/loop0. */
  readonly source: string;
}

/** The topmost mount at exactly this path, or undefined. */
export async function mountAt(path: string): Promise<Mount | undefined> {
  return parseMounts(await readFile('/proc/self/mountinfo', 'utf8')).findLast(
    (mount) => mount.mountPoint === path,
  );
}

/** Parses mountinfo: `id parent maj:min root mountpoint options [tags…] - type source super-options`. */
export function parseMounts(text: string): Mount[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ', 2);
      const [type = '', source = ''] = after.split(' ');
      return { mountPoint: unescapeOctal(before.split(' ')[4] ?? ''), type, source: unescapeOctal(source) };
    });
}

/** Blank, tab, newline and backslash are written as \ooo. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
