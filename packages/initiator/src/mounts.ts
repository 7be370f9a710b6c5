import { readFile } from 'node:fs/promises';
import { CommandError, run } from '@scoria/host-exec';

const UNMOUNT_MS = 10_000;

/** Whether something is mounted exactly on this path (proc(5), mountinfo). It does not touch the path, which may hang. */
export async function isMounted(path: string): Promise<boolean> {
  return (await mounts()).some((mount) => mount.point === path);
}

/** Where a device node (`major:minor`) is mounted. */
export async function mountPointsOf(device: string): Promise<string[]> {
  return (await mounts()).filter((mount) => mount.device === device).map((mount) => mount.point);
}

/** Unmounts a FUSE file, also one whose daemon is gone (ENOTCONN). Succeeds when nothing is mounted. @throws CommandError */
export async function unmount(path: string): Promise<void> {
  if (!(await isMounted(path))) return;
  const root = process.geteuid?.() === 0;
  const [program, args] = root ? ['umount', ['--', path]] : ['fusermount3', ['-u', '--', path]];
  try {
    await run(program, args as string[], { deadlineMs: UNMOUNT_MS, description: `unmount ${path}` });
  } catch (error) {
    // The daemon unmounts by itself when it ends; it may have been quicker.
    if (error instanceof CommandError && !(await isMounted(path))) return;
    throw error;
  }
}

interface Mount {
  readonly device: string;
  readonly point: string;
}

async function mounts(): Promise<Mount[]> {
  const text = await readFile('/proc/self/mountinfo', 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split(' ');
      return { device: fields[2] ?? '', point: unescapePath(fields[4] ?? '') };
    });
}

/** The kernel writes blank, tab, newline and backslash as octal. */
function unescapePath(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
