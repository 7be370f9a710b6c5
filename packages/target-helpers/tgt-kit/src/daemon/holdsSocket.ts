import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { basename } from 'node:path';

/** `__SO_ACCEPTCON` in the flags of /proc/net/unix: the socket that listens, not one that was accepted from it. */
const LISTENING = '00010000';

/** Whether a process listens on a unix socket: which of two that were started at once has won it. */
export async function holdsSocket(pid: number, socketPath: string): Promise<boolean> {
  return holdsOneOf(pid, await listenersAt(socketPath));
}

/**
 * The process of this very user that listens on a unix socket; undefined when there is none. Another user's may have taken the name, and is
 * not to be trusted with what a holder is asked.
 */
export async function socketHolder(socketPath: string): Promise<number | undefined> {
  const listeners = await listenersAt(socketPath);
  if (listeners.length === 0) return undefined;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  for (const pid of pids) if ((await isOurs(pid)) && (await holdsOneOf(pid, listeners))) return pid;
  return undefined;
}

/** Whether all of a process's user ids (real, effective, saved, of files) are ours. Its directory's owner would not tell: proc(5). */
async function isOurs(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''); // it has ended
  const ids = /^Uid:\s+(.+)$/m.exec(status)?.[1]?.split(/\s+/) ?? [];
  return ids.length > 0 && ids.every((id) => Number(id) === process.geteuid?.());
}

/** The listening sockets of that path, as descriptors show them. */
async function listenersAt(socketPath: string): Promise<string[]> {
  const sockets = (await readFile('/proc/net/unix', 'utf8'))
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTENING);
  const found: string[] = [];
  for (const fields of sockets)
    if (await isSamePath(fields[7] ?? '', socketPath)) found.push(`socket:[${fields[6]}]`);
  return found;
}

/** The kernel shows the path by which a socket was bound: /var/run is another name of /run. */
async function isSamePath(bound: string, asked: string): Promise<boolean> {
  if (bound === asked) return true;
  if (basename(bound) !== basename(asked)) return false;
  const [one, other] = await Promise.all([bound, asked].map((path) => realpath(path).catch(() => null)));
  return one !== null && one === other;
}

async function holdsOneOf(pid: number, listeners: readonly string[]): Promise<boolean> {
  try {
    const descriptors = await readdir(`/proc/${pid}/fd`);
    // A descriptor may be closed while they are looked at.
    const links = await Promise.all(
      descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
    );
    return links.some((link) => listeners.includes(link));
  } catch {
    // The process has ended, or is another user's.
    return false;
  }
}
