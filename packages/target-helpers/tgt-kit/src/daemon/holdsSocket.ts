import { readdir, readFile, readlink } from 'node:fs/promises';

/** `__SO_ACCEPTCON` in the flags of /proc/net/unix: the socket that listens, not one that was accepted from it. */
const LISTENING = '00010000';

/** Whether a process listens on a unix socket: which of two that were started at once has won it. */
export async function holdsSocket(pid: number, socketPath: string): Promise<boolean> {
  const inodes = (await readFile('/proc/net/unix', 'utf8'))
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTENING && fields[7] === socketPath)
    .map((fields) => `socket:[${fields[6]}]`);
  try {
    const descriptors = await readdir(`/proc/${pid}/fd`);
    // A descriptor may be closed while they are looked at.
    const links = await Promise.all(
      descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
    );
    return links.some((link) => inodes.includes(link));
  } catch {
    // The process has ended.
    return false;
  }
}
